/* SPDX-License-Identifier: BSD-3-Clause */
/* What devargs say, as text and numbers, before anybody made sense of it. */
#ifndef NET_SOCK_SOCK_ARGS_H
#define NET_SOCK_SOCK_ARGS_H

#include "sock_conf.h"

/** A SocketAddress of QEMU's: addr., local. or remote. */
struct sock_args_addr {
	char type[PMD_ARG_LEN], host[PMD_ARG_LEN], port[PMD_ARG_LEN], path[PMD_ARG_LEN];
	char str[PMD_ARG_LEN];
	uint32_t to;
	bool ipv4, ipv6, has_ipv4, has_ipv6, numeric, keep_alive, mptcp, abstract, tight;
};

/** All keys of all kinds; a kind's table fills its own. */
struct sock_args {
	char kind[PMD_ARG_LEN];
	char listen[PMD_ARG_LEN], connect[PMD_ARG_LEN], mcast[PMD_ARG_LEN], udp[PMD_ARG_LEN];
	char localaddr[PMD_ARG_LEN], fd[PMD_ARG_LEN];
	struct sock_args_addr addr, local, remote;
	bool server, has_reconnect, has_reconnect_ms;
	uint32_t reconnect, reconnect_ms;
	char src[PMD_ARG_LEN], dst[PMD_ARG_LEN], srcport[PMD_ARG_LEN], dstport[PMD_ARG_LEN];
	char rxcookie[PMD_ARG_LEN], txcookie[PMD_ARG_LEN];
	bool over_udp, over_ipv6, cookie64, counter, pincounter;
	bool has_rxsession, has_txsession;
	uint32_t rxsession, txsession, offset;
};

/** The table's half of sock_conf_parse(): keys and values, with the kind found. */
int sock_args_parse(const char *devargs, struct sock_args *args, enum sock_kind *kind, char *why);

#endif
