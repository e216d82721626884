"""Floor 5: findings become text. Pure: a value in, a string out."""
