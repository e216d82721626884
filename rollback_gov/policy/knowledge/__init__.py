"""What the rules know about programs: one table an idea, to be read and extended."""
