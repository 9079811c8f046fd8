/* SPDX-License-Identifier: BSD-3-Clause */
/* Socket addresses: as the user wrote them, as the kernel wants them, and as text. */
#ifndef NET_SOCK_SOCK_ADDR_H
#define NET_SOCK_SOCK_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "common/pmd_args.h"

#define SOCK_WHY_LEN	  512
#define SOCK_MAX_ADDRS	  8   /* of one name */
#define SOCK_IPPROTO_L2TP 115 /* IANA; glibc has no name for it */

enum sock_where_type { SOCK_WHERE_NONE, SOCK_WHERE_INET, SOCK_WHERE_UNIX, SOCK_WHERE_FD };

/** An address as the user wrote it. */
struct sock_where {
	enum sock_where_type type;
	char key[24];		/* by which option it came: "addr.host", for messages */
	char host[PMD_ARG_LEN]; /* inet */
	char port[PMD_ARG_LEN]; /* inet */
	uint32_t to;		/* inet, to listen: last port to try; 0: only port */
	bool ipv4, ipv6;	/* inet: families allowed */
	bool numeric;		/* inet: no lookup */
	char path[PMD_ARG_LEN]; /* unix */
	bool abstract, tight;	/* unix: name in the abstract space; without padding */
	int fd;			/* fd */
};

/** An address as the kernel wants it. */
struct sock_addr {
	struct sockaddr_storage a;
	socklen_t len;
};

/**
 * Split "host:port", "[v6]:port", ":port". An empty host is any address.
 * @param why  SOCK_WHY_LEN bytes. @return 0 or -EINVAL with why. Thread: any.
 */
int sock_where_parse(const char *text, const char *key, struct sock_where *w, char *why);

/** Whether its resolution needs no name server. */
bool sock_where_is_numeric(const struct sock_where *w);

/** getaddrinfo()'s hints for it. @param type SOCK_STREAM, SOCK_DGRAM or SOCK_RAW. */
struct addrinfo;
void sock_where_hints(const struct sock_where *w, int type, bool passive, struct addrinfo *hints);

/** Copy what getaddrinfo() found. @return how many, at most SOCK_MAX_ADDRS. */
unsigned int sock_addr_take(const struct addrinfo *found, struct sock_addr *out);

/**
 * Resolve an inet or unix address. May ask a name server, and so block.
 * @return number of addresses in out (SOCK_MAX_ADDRS of room); -EINVAL, -ENAMETOOLONG, -ENOENT with
 * why. Thread: M.
 */
int sock_addr_resolve(const struct sock_where *w, int type, bool passive, struct sock_addr *out,
	char *why);

/** "127.0.0.1:1234", a unix path, "@name". */
void sock_addr_text(const struct sock_addr *addr, char *text, size_t len);

/** QEMU's word for a stream's peer: "tcp:127.0.0.1:1234", "unix:PATH". */
void sock_addr_uri(const struct sock_addr *addr, char *text, size_t len);

/** Whether it is an IPv4 or IPv6 multicast address. */
bool sock_addr_is_multicast(const struct sock_addr *addr);

/** Same family, address and port. */
bool sock_addr_same(const struct sock_addr *a, const struct sock_addr *b);

#endif
