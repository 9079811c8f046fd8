/* SPDX-License-Identifier: BSD-3-Clause */
/* Devargs of net_sock: one table for each of QEMU's words (spec: features 1.3-1.5, 1.8). */
#include "sock_args.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_common.h>
#include <rte_kvargs.h>

#define AT(field)   .offset = offsetof(struct sock_args, field)
#define SEEN(field) .seen = offsetof(struct sock_args, field)
/* clang-format off */
#define KIND { .key = "kind", .kind = PMD_ARG_STRING, AT(kind) }
#define TEXT(name, field) { .key = name, .kind = PMD_ARG_STRING, AT(field) }
#define FLAG(name, field) { .key = name, .kind = PMD_ARG_BOOL, AT(field) }
#define ADDRESS(name) \
	TEXT(#name ".type", name.type), TEXT(#name ".host", name.host), \
	TEXT(#name ".port", name.port), TEXT(#name ".path", name.path), \
	TEXT(#name ".str", name.str), \
	{ .key = #name ".ipv4", .kind = PMD_ARG_BOOL, AT(name.ipv4), SEEN(name.has_ipv4) }, \
	{ .key = #name ".ipv6", .kind = PMD_ARG_BOOL, AT(name.ipv6), SEEN(name.has_ipv6) }, \
	FLAG(#name ".numeric", name.numeric), FLAG(#name ".abstract", name.abstract), \
	FLAG(#name ".tight", name.tight)

static const struct pmd_arg sock_args_socket[] = {
	KIND,
	TEXT("listen", listen), TEXT("connect", connect), TEXT("mcast", mcast), TEXT("udp", udp),
	TEXT("localaddr", localaddr), TEXT("fd", fd),
};

static const struct pmd_arg sock_args_stream[] = {
	KIND,
	FLAG("server", server),
	ADDRESS(addr),
	{ .key = "addr.to", .kind = PMD_ARG_NUMBER, AT(addr.to), .min = 1, .max = UINT16_MAX },
	FLAG("addr.keep-alive", addr.keep_alive),
	FLAG("addr.mptcp", addr.mptcp),
	/* in seconds, and no more than reconnect-ms can say */
	{ .key = "reconnect", .kind = PMD_ARG_NUMBER, AT(reconnect), SEEN(has_reconnect), .max = UINT32_MAX / 1000 },
	{ .key = "reconnect-ms", .kind = PMD_ARG_NUMBER, AT(reconnect_ms), SEEN(has_reconnect_ms), .max = UINT32_MAX },
};

static const struct pmd_arg sock_args_dgram[] = {
	KIND,
	ADDRESS(local),
	ADDRESS(remote),
};

static const struct pmd_arg sock_args_l2tpv3[] = {
	KIND,
	TEXT("src", src), TEXT("dst", dst), TEXT("srcport", srcport), TEXT("dstport", dstport),
	{ .key = "rxsession", .kind = PMD_ARG_NUMBER, AT(rxsession), SEEN(has_rxsession), .max = UINT32_MAX },
	{ .key = "txsession", .kind = PMD_ARG_NUMBER, AT(txsession), SEEN(has_txsession), .max = UINT32_MAX },
	TEXT("rxcookie", rxcookie), TEXT("txcookie", txcookie), FLAG("cookie64", cookie64),
	FLAG("counter", counter), FLAG("pincounter", pincounter),
	FLAG("udp", over_udp), FLAG("ipv6", over_ipv6),
	{ .key = "offset", .kind = PMD_ARG_NUMBER, AT(offset), .max = UINT32_MAX },
};

static const struct {
	const char *name;
	const struct pmd_arg *args;
	unsigned int n;
} sock_kinds[] = {
	[SOCK_KIND_SOCKET] = { "socket", sock_args_socket, RTE_DIM(sock_args_socket) },
	[SOCK_KIND_STREAM] = { "stream", sock_args_stream, RTE_DIM(sock_args_stream) },
	[SOCK_KIND_DGRAM] = { "dgram", sock_args_dgram, RTE_DIM(sock_args_dgram) },
	[SOCK_KIND_L2TPV3] = { "l2tpv3", sock_args_l2tpv3, RTE_DIM(sock_args_l2tpv3) },
};
/* clang-format on */

const char *
sock_kind_name(enum sock_kind kind)
{
	return sock_kinds[kind].name;
}

static int
sock_args_kind(const char *devargs, enum sock_kind *kind, char *why)
{
	struct rte_kvargs *kv = rte_kvargs_parse(devargs != NULL ? devargs : "", NULL);
	const char *word = kv != NULL ? rte_kvargs_get(kv, "kind") : NULL;
	unsigned int i;
	int ret = -EINVAL;

	snprintf(why, SOCK_WHY_LEN, "kind=%s: must be socket, stream, dgram or l2tpv3",
		word != NULL ? word : "");
	for (i = 0; word != NULL && i < RTE_DIM(sock_kinds); i++) {
		if (strcmp(sock_kinds[i].name, word) == 0) {
			*kind = (enum sock_kind)i;
			ret = 0;
		}
	}
	rte_kvargs_free(kv);
	return ret;
}

int
sock_args_parse(const char *devargs, struct sock_args *args, enum sock_kind *kind, char *why)
{
	int ret = sock_args_kind(devargs, kind, why);

	if (ret < 0)
		return ret;
	memset(args, 0, sizeof(*args));
	args->addr.keep_alive = true;
	args->addr.tight = args->local.tight = args->remote.tight = true;
	return pmd_args_parse(sock_kinds[*kind].args, sock_kinds[*kind].n, devargs, args, why,
		SOCK_WHY_LEN);
}
