"""Case files: series of readings, and what the triggers have to make of them."""
