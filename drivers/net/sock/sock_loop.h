/* SPDX-License-Identifier: BSD-3-Clause */
/* The thread C of all net_sock ports: waits for connections, names and times. It never touches frames. */
#ifndef NET_SOCK_SOCK_LOOP_H
#define NET_SOCK_SOCK_LOOP_H

#include <stdint.h>

struct sock_port;

/** Make the thread know a port; the first starts it. @return 0 or -errno. Thread: M. */
int sock_loop_add(struct sock_port *port);

/** Forget a port whose descriptors are not watched any more; the last ends the thread. Thread: M. */
void sock_loop_del(struct sock_port *port);

/** M becomes C between these two. Thread: M. */
void sock_loop_lock(void);
void sock_loop_unlock(void);

/** Call sock_conn_event() when fd has one of these EPOLL* events. @return 0 or -errno. Thread: C. */
int sock_loop_watch(const struct sock_port *port, int fd, uint32_t events);
void sock_loop_forget(int fd);

/** Look at all ports soon: something was lost, or a deadline came nearer. Thread: any; one system call. */
void sock_loop_wake(void);

/** Milliseconds of a clock that never jumps. Thread: any. */
uint64_t sock_loop_now_ms(void);

#endif
