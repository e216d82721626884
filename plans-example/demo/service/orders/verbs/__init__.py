"""What the scripts do, in three groups; a script pays only for the imports of its own."""
