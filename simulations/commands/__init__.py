"""The commands by theme; each file adds its own to the command line."""
