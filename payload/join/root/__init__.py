"""What the join agent needs root for, in a process that never reads what strangers send.

`python3 -m join.root` (homepbp-join-root.service) carries out the requests of homepbp-join.service, which has
no rights: vocabulary.py says what can be asked, deeds.py does it, server.py has the socket. The agent's
side is shell/root.py.
"""
