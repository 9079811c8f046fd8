/* SPDX-License-Identifier: BSD-3-Clause */
/* Socket addresses and their texts. */
#include "sock_addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include <rte_string_fns.h>

static int
sock_port_ok(const char *text)
{
	char *end;
	unsigned long port = strtoul(text, &end, 10);

	return *text >= '0' && *text <= '9' && *end == '\0' && port <= UINT16_MAX ? 0 : -EINVAL;
}

int
sock_where_parse(const char *text, const char *key, struct sock_where *w, char *why)
{
	bool bracket = *text == '[';
	const char *host = text + bracket;
	const char *end = strchr(host, bracket ? ']' : ':');
	const char *colon = end == NULL ? NULL : end + bracket;

	*w = (struct sock_where){ .type = SOCK_WHERE_INET, .ipv4 = !bracket, .ipv6 = bracket };
	rte_strscpy(w->key, key, sizeof(w->key));
	if (colon == NULL || *colon != ':') {
		snprintf(why, SOCK_WHY_LEN,
			"%s=%s: host address '%s' doesn't contain ':' separating host from port: "
			"write HOST:PORT, or [IPV6]:PORT",
			key, text, text);
		return -EINVAL;
	}
	rte_strscpy(w->host, host, (size_t)(end - host) + 1);
	rte_strscpy(w->port, colon + 1, sizeof(w->port));
	if (sock_port_ok(w->port) < 0) {
		snprintf(why, SOCK_WHY_LEN, "%s=%s: port number '%s' is invalid: give 0 to 65535",
			key, text, w->port);
		return -EINVAL;
	}
	return 0;
}

bool
sock_where_is_numeric(const struct sock_where *w)
{
	struct addrinfo hints, *found = NULL;

	if (w->type != SOCK_WHERE_INET)
		return true;
	sock_where_hints(w, SOCK_STREAM, false, &hints);
	hints.ai_flags |= AI_NUMERICHOST | AI_NUMERICSERV;
	if (getaddrinfo(w->host[0] != '\0' ? w->host : NULL, w->port, &hints, &found) != 0)
		return false;
	freeaddrinfo(found);
	return true;
}

void
sock_where_hints(const struct sock_where *w, int type, bool passive, struct addrinfo *hints)
{
	*hints = (struct addrinfo){ .ai_socktype = type };
	hints->ai_family = w->ipv4 == w->ipv6 ? AF_UNSPEC : w->ipv4 ? AF_INET : AF_INET6;
	hints->ai_flags = (passive ? AI_PASSIVE : 0) | (w->numeric ? AI_NUMERICHOST : 0);
	if (type == SOCK_RAW)
		hints->ai_protocol = SOCK_IPPROTO_L2TP;
}

unsigned int
sock_addr_take(const struct addrinfo *found, struct sock_addr *out)
{
	unsigned int n = 0;

	for (; found != NULL && n < SOCK_MAX_ADDRS; found = found->ai_next) {
		if (found->ai_addrlen > sizeof(out[n].a))
			continue;
		memset(&out[n], 0, sizeof(out[n]));
		memcpy(&out[n].a, found->ai_addr, found->ai_addrlen);
		out[n++].len = found->ai_addrlen;
	}
	return n;
}

static int
sock_addr_unix(const struct sock_where *w, struct sock_addr *out, char *why)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	size_t len = strlen(w->path), max = sizeof(sun.sun_path) - 1;

	if (len == 0 || len > max) {
		snprintf(why, SOCK_WHY_LEN,
			"%s=%s: UNIX socket path '%s' is too %s: give 1 to %zu bytes", w->key,
			w->path, w->path, len == 0 ? "short" : "long", max);
		return len == 0 ? -EINVAL : -ENAMETOOLONG;
	}
	memcpy(&sun.sun_path[w->abstract], w->path, len);
	memset(out, 0, sizeof(*out));
	memcpy(&out->a, &sun, sizeof(sun));
	out->len = sizeof(sun);
	if (w->abstract && w->tight)
		out->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + len);
	return 1;
}

int
sock_addr_resolve(const struct sock_where *w, int type, bool passive, struct sock_addr *out,
	char *why)
{
	struct addrinfo hints, *found = NULL;
	const char *port = w->port[0] != '\0' && type != SOCK_RAW ? w->port : NULL;
	int ret;

	if (w->type == SOCK_WHERE_UNIX)
		return sock_addr_unix(w, out, why);
	sock_where_hints(w, type, passive, &hints);
	/* Neither host nor port is an error for getaddrinfo(); an empty host is any address. */
	ret = getaddrinfo(w->host[0] != '\0' ? w->host : NULL,
		port == NULL && w->host[0] == '\0' ? "0" : port, &hints, &found);
	if (ret != 0) {
		snprintf(why, SOCK_WHY_LEN, "%s: can't resolve host address '%s'%s%s: %s", w->key,
			w->host, port != NULL ? ", port " : "", port != NULL ? port : "",
			gai_strerror(ret));
		return -ENOENT;
	}
	ret = (int)sock_addr_take(found, out);
	freeaddrinfo(found);
	return ret;
}

void
sock_addr_text(const struct sock_addr *addr, char *text, size_t len)
{
	const struct sockaddr_un *sun = (const void *)&addr->a;
	const size_t at = offsetof(struct sockaddr_un, sun_path);
	char host[NI_MAXHOST] = "?", port[NI_MAXSERV] = "?";

	if (addr->a.ss_family == AF_UNIX) {
		size_t n = addr->len > at ? addr->len - at : 0;

		if (n > 0 && sun->sun_path[0] == '\0')
			snprintf(text, len, "@%.*s", (int)n - 1, &sun->sun_path[1]);
		else
			snprintf(text, len, "%.*s", (int)n, sun->sun_path);
		return;
	}
	(void)getnameinfo((const void *)&addr->a, addr->len, host, sizeof(host), port, sizeof(port),
		NI_NUMERICHOST | NI_NUMERICSERV);
	snprintf(text, len, "%s:%s", host, port);
}

void
sock_addr_uri(const struct sock_addr *addr, char *text, size_t len)
{
	int n = snprintf(text, len, "%s", addr->a.ss_family == AF_UNIX ? "unix:" : "tcp:");

	sock_addr_text(addr, text + n, len - (size_t)n);
}

bool
sock_addr_is_multicast(const struct sock_addr *addr)
{
	const struct sockaddr_in *sin = (const void *)&addr->a;
	const struct sockaddr_in6 *sin6 = (const void *)&addr->a;

	if (addr->a.ss_family == AF_INET)
		return IN_MULTICAST(ntohl(sin->sin_addr.s_addr));
	return addr->a.ss_family == AF_INET6 && IN6_IS_ADDR_MULTICAST(&sin6->sin6_addr);
}

bool
sock_addr_same(const struct sock_addr *a, const struct sock_addr *b)
{
	const struct sockaddr_in *a4 = (const void *)&a->a, *b4 = (const void *)&b->a;
	const struct sockaddr_in6 *a6 = (const void *)&a->a, *b6 = (const void *)&b->a;

	if (a->a.ss_family != b->a.ss_family)
		return false;
	if (a->a.ss_family == AF_INET)
		return a4->sin_port == b4->sin_port && a4->sin_addr.s_addr == b4->sin_addr.s_addr;
	if (a->a.ss_family == AF_INET6)
		return a6->sin6_port == b6->sin6_port &&
		       memcmp(&a6->sin6_addr, &b6->sin6_addr, sizeof(a6->sin6_addr)) == 0;
	return a->len == b->len && memcmp(&a->a, &b->a, a->len) == 0;
}
