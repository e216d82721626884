"""What many runs, plans and deployments say in figures: as Prometheus' text, as JSON. Pure: values in, text out."""
