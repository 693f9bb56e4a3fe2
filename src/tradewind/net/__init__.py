"""The only sockets, timers and clocks: a real wire and one in memory, behind one interface."""
