"""What runs on a device: Flower's ClientApp, and the store that survives it."""
