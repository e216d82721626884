"""Records in the hands of other people's programs, from npm: `make test-servers` installs them."""
