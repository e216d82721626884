"""What reviewers of a pull request read: a comment, and the annotations of a check run. Pure: values in, text out."""
