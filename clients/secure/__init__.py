"""A secure sum on a device: keys, masks, messages, and the answers phase by phase."""
