"""The formats, one module each. ``outputs.registry`` finds them."""
