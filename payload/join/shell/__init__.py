"""The shell around the pure core of `join`: files, sockets, processes and clocks of a real node."""
