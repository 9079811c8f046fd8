/* SPDX-License-Identifier: BSD-3-Clause */
/* The life of a port's connection. All of it: thread C, or M under the loop's lock. */
#ifndef NET_SOCK_SOCK_CONN_H
#define NET_SOCK_SOCK_CONN_H

struct sock_port;

/** Open what the configuration says: listen, begin to connect, bind. May ask a name server.
 * @return 0 or -errno with why (SOCK_WHY_LEN bytes); nothing is left behind then. Thread: M. */
int sock_conn_open(struct sock_port *port, char *why);

/** Close everything and remove the unix path. Thread: M. */
void sock_conn_close(struct sock_port *port);

/** A watched descriptor of the port has something to say. */
void sock_conn_event(struct sock_port *port);

/** deadline_ms has come. */
void sock_conn_time(struct sock_port *port);

/** D found the end of the connection. */
void sock_conn_lost(struct sock_port *port);

#endif
