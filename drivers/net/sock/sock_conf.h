/* SPDX-License-Identifier: BSD-3-Clause */
/* What a net_sock port was asked to be. */
#ifndef NET_SOCK_SOCK_CONF_H
#define NET_SOCK_SOCK_CONF_H

#include "sock_addr.h"
#include "sock_l2tp.h"

/** QEMU's four words for -netdev. */
enum sock_kind { SOCK_KIND_SOCKET, SOCK_KIND_STREAM, SOCK_KIND_DGRAM, SOCK_KIND_L2TPV3 };

/** How the port comes to a socket that carries frames. */
enum sock_role {
	SOCK_ROLE_LISTEN,   /* stream: one peer at a time connects to local */
	SOCK_ROLE_CONNECT,  /* stream: we connect to remote */
	SOCK_ROLE_FD,	    /* the socket local.fd, connected or bound by somebody else */
	SOCK_ROLE_DATAGRAM, /* bound to local, sends to remote; no connection */
	SOCK_ROLE_MCAST,    /* member of the group remote, by the interface local */
};

/** The checked configuration. Constant once parsed, but for l2tp.counter_next. */
struct sock_conf {
	enum sock_kind kind;
	enum sock_role role;
	struct sock_where local, remote;
	bool keep_alive;       /* of TCP; on unless told */
	bool mptcp;	       /* multipath TCP */
	uint32_t reconnect_ms; /* longest time between two attempts; 0: never again */
	struct sock_l2tp l2tp; /* l2tpv3 */
};

/**
 * Devargs to configuration; the keys are those of QEMU's -netdev, and kind=.
 * @param why  SOCK_WHY_LEN bytes: what is wrong, with key and value. @return 0 or -EINVAL. Thread: M.
 */
int sock_conf_parse(const char *devargs, struct sock_conf *conf, char *why);

/** QEMU's word for the kind: "stream". */
const char *sock_kind_name(enum sock_kind kind);

#endif
