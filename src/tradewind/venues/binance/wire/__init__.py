"""The messages of the venue as Structs: their shape, never their meaning."""
