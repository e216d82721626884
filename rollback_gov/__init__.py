"""rollback-gov: rollback plans that are checked, rehearsed, signed and executable."""

__version__ = "0.1.0"
