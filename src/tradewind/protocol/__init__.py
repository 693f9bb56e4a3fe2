"""Machinery that every venue uses, without any I/O: tables, sessions, limits, messages."""
