"""The box: accounts, keys, journal, market, gateways and admin around the pure exchanges."""
