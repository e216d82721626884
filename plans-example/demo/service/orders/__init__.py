"""A small order service in several releases, with everything needed to change it and to change it back."""
