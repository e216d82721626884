"""Floor 7: click commands, one module each. They read options, call one function of ``commands`` and print."""
