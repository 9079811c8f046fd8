/* SPDX-License-Identifier: BSD-3-Clause */
/* Making sockets. All of it: thread C; errors in why (SOCK_WHY_LEN bytes) name option and value. */
#ifndef NET_SOCK_SOCK_OPEN_H
#define NET_SOCK_SOCK_OPEN_H

#include "sock_pmd.h"

/** A listening stream socket on conf.local, in port->listen_fd. A stale unix path is removed, one that
 * somebody serves is not. @return 0 or -errno. */
int sock_open_listener(struct sock_port *port, char *why);

/** A non-blocking stream socket for that address. @return fd or -errno. */
int sock_open_stream(const struct sock_port *port, const struct sock_addr *addr);

/** Sockets to port->fd, out_fd, to, own: bound, unicast. @return 0 or -errno. */
int sock_open_datagram(struct sock_port *port, char *why);

/** The same for a multicast group. */
int sock_open_mcast(struct sock_port *port, char *why);

/** The same for conf.local.fd, which the port owns from then on. Sets port->stream, too. */
int sock_open_fd(struct sock_port *port, char *why);

/** What a connected stream socket shall do: no delay, keepalive. */
void sock_open_tune(const struct sock_port *port, int fd);

/** Remove the unix path that we made, if it is still ours. */
void sock_open_unlink(struct sock_port *port);

#endif
