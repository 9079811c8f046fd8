/* SPDX-License-Identifier: BSD-3-Clause */
/* Making sense of devargs. Error texts are QEMU's where it has one (spec: features 1.3-1.5, 1.8). */
#include "sock_conf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_string_fns.h>

#include "sock_args.h"

#define SOCK_WHY(why, ...) (snprintf(why, SOCK_WHY_LEN, __VA_ARGS__), -EINVAL)

/* QEMU: a number, or the name that the monitor's getfd gave; we know numbers only. */
static int
sock_conf_fd(const char *text, const char *key, struct sock_where *w, char *why)
{
	char *end;
	long fd = strtol(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || fd > INT32_MAX)
		return SOCK_WHY(why,
			"%s=%s: File descriptor named '%s' has not been found: give the number of "
			"an open socket",
			key, text, text);
	if (fcntl((int)fd, F_GETFD) < 0)
		return SOCK_WHY(why, "%s=%s: %s: give the number of an open socket", key, text,
			strerror(errno));
	*w = (struct sock_where){ .type = SOCK_WHERE_FD, .fd = (int)fd };
	rte_strscpy(w->key, key, sizeof(w->key));
	return 0;
}

/* localaddr= of mcast=: the address of an interface. */
static int
sock_conf_interface(const char *text, struct sock_where *w, char *why)
{
	*w = (struct sock_where){ .type = SOCK_WHERE_INET, .numeric = true };
	rte_strscpy(w->key, "localaddr", sizeof(w->key));
	rte_strscpy(w->host, text, sizeof(w->host));
	rte_strscpy(w->port, "0", sizeof(w->port));
	if (text[0] == '\0' || !sock_where_is_numeric(w))
		return SOCK_WHY(why, "localaddr=%s: localaddr '%s' is not a valid IPv4 address",
			text, text);
	return 0;
}

static int
sock_conf_socket(const struct sock_args *a, struct sock_conf *conf, char *why)
{
	unsigned int forms = (a->listen[0] != '\0') + (a->connect[0] != '\0') +
			     (a->mcast[0] != '\0') + (a->udp[0] != '\0') + (a->fd[0] != '\0');
	int ret;

	if (forms != 1)
		return SOCK_WHY(why,
			"exactly one of listen=, connect=, mcast= or udp= is required (or fd=)");
	if (a->localaddr[0] != '\0' && a->mcast[0] == '\0' && a->udp[0] == '\0')
		return SOCK_WHY(why,
			"localaddr=%s: localaddr= is only valid with mcast= or udp=", a->localaddr);
	if (a->udp[0] != '\0' && a->localaddr[0] == '\0')
		return SOCK_WHY(why, "udp=%s: localaddr= is mandatory with udp=", a->udp);
	conf->role = a->listen[0] != '\0'    ? SOCK_ROLE_LISTEN
		     : a->connect[0] != '\0' ? SOCK_ROLE_CONNECT
		     : a->mcast[0] != '\0'   ? SOCK_ROLE_MCAST
		     : a->udp[0] != '\0'     ? SOCK_ROLE_DATAGRAM
					     : SOCK_ROLE_FD;
	switch (conf->role) {
	case SOCK_ROLE_LISTEN:
		return sock_where_parse(a->listen, "listen", &conf->local, why);
	case SOCK_ROLE_CONNECT:
		return sock_where_parse(a->connect, "connect", &conf->remote, why);
	case SOCK_ROLE_MCAST:
		ret = sock_where_parse(a->mcast, "mcast", &conf->remote, why);
		return ret < 0 || a->localaddr[0] == '\0'
			       ? ret
			       : sock_conf_interface(a->localaddr, &conf->local, why);
	case SOCK_ROLE_DATAGRAM:
		ret = sock_where_parse(a->udp, "udp", &conf->remote, why);
		return ret < 0 ? ret
			       : sock_where_parse(a->localaddr, "localaddr", &conf->local, why);
	default:
		return sock_conf_fd(a->fd, "fd", &conf->local, why);
	}
}

static int
sock_conf_missing(const char *prefix, const char *key, char *why)
{
	return SOCK_WHY(why, "Parameter '%s.%s' is missing", prefix, key);
}

/* A number or a service's name, which is asked for later. getaddrinfo() would cut a number to 16 bits. */
static int
sock_conf_port(const char *text, const char *prefix, const char *key, char *why)
{
	if (text[strspn(text, "0123456789")] != '\0' || strtoul(text, NULL, 10) <= UINT16_MAX)
		return 0;
	return SOCK_WHY(why, "%s%s=%s: must be a port from 0 to 65535, or the name of a service",
		prefix, key, text);
}

static int
sock_conf_inet(const struct sock_args_addr *a, const char *prefix, struct sock_where *w, char *why)
{
	if (a->host[0] == '\0')
		return sock_conf_missing(prefix, "host", why);
	if (a->port[0] == '\0')
		return sock_conf_missing(prefix, "port", why);
	if (sock_conf_port(a->port, prefix, ".port", why) < 0)
		return -EINVAL;
	w->ipv4 = a->has_ipv4 ? a->ipv4 : !(a->has_ipv6 && a->ipv6);
	w->ipv6 = a->has_ipv6 ? a->ipv6 : !(a->has_ipv4 && a->ipv4);
	if (!w->ipv4 && !w->ipv6)
		return SOCK_WHY(why,
			"%s.ipv4=off,%s.ipv6=off: Cannot disable IPv4 and IPv6 at same "
			"time",
			prefix, prefix);
	if (a->to != 0 && (strtoul(a->port, NULL, 10) > a->to))
		return SOCK_WHY(why, "%s.to=%u: must not be less than %s.port=%s", prefix, a->to,
			prefix, a->port);
	w->numeric = a->numeric;
	w->to = a->to;
	rte_strscpy(w->host, a->host, sizeof(w->host));
	rte_strscpy(w->port, a->port, sizeof(w->port));
	return 0;
}

/* A SocketAddress. With no type, w stays SOCK_WHERE_NONE. */
static int
sock_conf_address(const struct sock_args_addr *a, const char *prefix, struct sock_where *w,
	char *why)
{
	*w = (struct sock_where){ .type = SOCK_WHERE_NONE,
		.abstract = a->abstract,
		.tight = a->tight };
	snprintf(w->key, sizeof(w->key), "%s", prefix);
	if (a->type[0] == '\0') {
		if (a->host[0] == '\0' && a->path[0] == '\0' && a->str[0] == '\0')
			return 0;
		return sock_conf_missing(prefix, "type", why);
	}
	if (strcmp(a->type, "inet") == 0) {
		w->type = SOCK_WHERE_INET;
		return sock_conf_inet(a, prefix, w, why);
	}
	if (strcmp(a->type, "unix") == 0) {
		w->type = SOCK_WHERE_UNIX;
		rte_strscpy(w->path, a->path, sizeof(w->path));
		snprintf(w->key, sizeof(w->key), "%s.path", prefix);
		return a->path[0] != '\0' ? 0 : sock_conf_missing(prefix, "path", why);
	}
	if (strcmp(a->type, "fd") == 0) {
		char key[24];

		snprintf(key, sizeof(key), "%s.str", prefix);
		return a->str[0] != '\0' ? sock_conf_fd(a->str, key, w, why)
					 : sock_conf_missing(prefix, "str", why);
	}
	return SOCK_WHY(why,
		"Parameter '%s.type' does not accept value '%s': give inet, unix or fd", prefix,
		a->type);
}

static int
sock_conf_stream(const struct sock_args *a, struct sock_conf *conf, char *why)
{
	struct sock_where *w = a->server ? &conf->local : &conf->remote;
	int ret = sock_conf_address(&a->addr, "addr", w, why);

	if (ret < 0)
		return ret;
	if (w->type == SOCK_WHERE_NONE)
		return sock_conf_missing("addr", "type", why);
	if (a->has_reconnect && a->has_reconnect_ms)
		return SOCK_WHY(why, "'reconnect' and 'reconnect-ms' are mutually exclusive");
	if (a->server && (a->has_reconnect || a->has_reconnect_ms))
		return SOCK_WHY(why, "'reconnect' and 'reconnect-ms' options are incompatible with "
				     "socket in server mode");
	conf->role = a->server ? SOCK_ROLE_LISTEN : SOCK_ROLE_CONNECT;
	if (w->type == SOCK_WHERE_FD && !a->server) {
		conf->role = SOCK_ROLE_FD;
		conf->local = *w;
	}
	conf->keep_alive = a->addr.keep_alive;
	conf->mptcp = a->addr.mptcp;
	conf->reconnect_ms = a->has_reconnect ? a->reconnect * 1000 : a->reconnect_ms;
	return 0;
}

static bool
sock_conf_is_group(const struct sock_where *w)
{
	struct sock_addr addr[SOCK_MAX_ADDRS];
	char why[SOCK_WHY_LEN];

	return w->type == SOCK_WHERE_INET && sock_where_is_numeric(w) &&
	       sock_addr_resolve(w, SOCK_DGRAM, false, addr, why) > 0 &&
	       sock_addr_is_multicast(&addr[0]);
}

static int
sock_conf_dgram(const struct sock_args *a, struct sock_conf *conf, char *why)
{
	int ret = sock_conf_address(&a->local, "local", &conf->local, why);

	if (ret == 0)
		ret = sock_conf_address(&a->remote, "remote", &conf->remote, why);
	if (ret < 0)
		return ret;
	if (sock_conf_is_group(&conf->remote) && conf->local.type != SOCK_WHERE_FD) {
		conf->role = SOCK_ROLE_MCAST;
		if (conf->local.type == SOCK_WHERE_UNIX)
			return SOCK_WHY(why,
				"local.type=unix: only support inet or fd type for local");
		return 0;
	}
	if (conf->local.type == SOCK_WHERE_NONE)
		return SOCK_WHY(why,
			"dgram requires local= parameter: local.type=inet, unix or fd");
	if (conf->local.type == SOCK_WHERE_FD) {
		conf->role = SOCK_ROLE_FD;
		if (conf->remote.type != SOCK_WHERE_NONE && !sock_conf_is_group(&conf->remote))
			return SOCK_WHY(why, "don't set remote with local.fd");
		return 0;
	}
	conf->role = SOCK_ROLE_DATAGRAM;
	if (conf->remote.type == SOCK_WHERE_NONE)
		return SOCK_WHY(why,
			"type=inet or type=unix requires remote parameter: remote.type="
			"%s and its address",
			a->local.type);
	if (conf->remote.type != conf->local.type)
		return SOCK_WHY(why,
			"local.type=%s,remote.type=%s: remote and local types must be "
			"the same",
			a->local.type, a->remote.type);
	return 0;
}

static int
sock_conf_cookie(const char *text, const char *key, bool wide, uint64_t *cookie, char *why)
{
	char *end;

	errno = 0;
	*cookie = strtoull(text, &end, 0);
	if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 ||
		(!wide && *cookie > UINT32_MAX))
		return SOCK_WHY(why, "%s=%s: must be a number of %s bits", key, text,
			wide ? "64" : "32 (or 64, with cookie64=on)");
	return 0;
}

/* One end of the tunnel. Raw IP has no port. */
static void
sock_conf_l2tp_end(const struct sock_args *a, bool source, struct sock_where *w)
{
	*w = (struct sock_where){ .type = SOCK_WHERE_INET,
		.ipv4 = !a->over_ipv6,
		.ipv6 = a->over_ipv6 };
	rte_strscpy(w->key, source ? "src" : "dst", sizeof(w->key));
	rte_strscpy(w->host, source ? a->src : a->dst, sizeof(w->host));
	if (a->over_udp)
		rte_strscpy(w->port, source ? a->srcport : a->dstport, sizeof(w->port));
}

static int
sock_conf_l2tp_check(const struct sock_args *a, char *why)
{
	static const char *const must = "Parameter '%s' is missing";

	if (a->src[0] == '\0' || a->dst[0] == '\0')
		return SOCK_WHY(why, must, a->src[0] == '\0' ? "src" : "dst");
	if (!a->has_txsession)
		return SOCK_WHY(why, must, "txsession");
	if (a->offset > SOCK_L2TP_MAX_OFFSET)
		return SOCK_WHY(why, "offset=%u: offset must be less than 256 bytes (or 256)",
			a->offset);
	if ((a->rxcookie[0] == '\0') != (a->txcookie[0] == '\0'))
		return SOCK_WHY(why, "require both 'rxcookie' and 'txcookie' or neither");
	if (a->over_udp && (a->srcport[0] == '\0' || a->dstport[0] == '\0'))
		return SOCK_WHY(why,
			"udp=on: need both src and dst port for udp: srcport= and dstport=");
	if (sock_conf_port(a->srcport, "", "srcport", why) < 0)
		return -EINVAL;
	return sock_conf_port(a->dstport, "", "dstport", why);
}

static int
sock_conf_l2tpv3(const struct sock_args *a, struct sock_conf *conf, char *why)
{
	struct sock_l2tp *l = &conf->l2tp;
	int ret = sock_conf_l2tp_check(a, why);

	if (ret < 0)
		return ret;
	*l = (struct sock_l2tp){ .on = true,
		.udp = a->over_udp,
		.ipv6 = a->over_ipv6,
		.cookie = a->rxcookie[0] != '\0',
		.cookie64 = a->cookie64,
		.counter = a->counter || a->pincounter,
		.pincounter = a->pincounter,
		.tx_session = a->txsession,
		.rx_session = a->has_rxsession ? a->rxsession : a->txsession,
		.offset = a->offset };
	if (l->cookie)
		ret = sock_conf_cookie(a->rxcookie, "rxcookie", a->cookie64, &l->rx_cookie, why);
	if (l->cookie && ret == 0)
		ret = sock_conf_cookie(a->txcookie, "txcookie", a->cookie64, &l->tx_cookie, why);
	sock_conf_l2tp_end(a, true, &conf->local);
	sock_conf_l2tp_end(a, false, &conf->remote);
	conf->role = SOCK_ROLE_DATAGRAM;
	return ret;
}

int
sock_conf_parse(const char *devargs, struct sock_conf *conf, char *why)
{
	static int (*const check[])(const struct sock_args *, struct sock_conf *, char *) = {
		[SOCK_KIND_SOCKET] = sock_conf_socket,
		[SOCK_KIND_STREAM] = sock_conf_stream,
		[SOCK_KIND_DGRAM] = sock_conf_dgram,
		[SOCK_KIND_L2TPV3] = sock_conf_l2tpv3,
	};
	struct sock_args *args = malloc(sizeof(*args));
	int ret;

	if (args == NULL)
		return SOCK_WHY(why, "out of memory");
	*conf = (struct sock_conf){ .keep_alive = true };
	ret = sock_args_parse(devargs, args, &conf->kind, why);
	if (ret == 0)
		ret = check[conf->kind](args, conf, why);
	free(args);
	return ret;
}
