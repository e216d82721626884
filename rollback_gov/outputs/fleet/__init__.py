"""What a scan of many repositories found, as text, JSON and CSV: value in, text out."""
