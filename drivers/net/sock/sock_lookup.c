/* SPDX-License-Identifier: BSD-3-Clause */
/* getaddrinfo_a(): glibc asks on a thread of its own. */
#include "sock_lookup.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>

#include <rte_string_fns.h>

struct sock_lookup {
	LIST_ENTRY(sock_lookup) next; /* abandoned ones */
	struct gaicb cb;
	struct addrinfo hints;
	char key[24], host[PMD_ARG_LEN], port[PMD_ARG_LEN];
};

/* Lookups that cannot be cancelled while glibc works on them. C. */
static LIST_HEAD(, sock_lookup) sock_lookups_left = LIST_HEAD_INITIALIZER(sock_lookups_left);

static void
sock_lookup_free(struct sock_lookup *l)
{
	if (l->cb.ar_result != NULL)
		freeaddrinfo(l->cb.ar_result);
	free(l);
}

static void
sock_lookup_reap(void)
{
	struct sock_lookup *l = LIST_FIRST(&sock_lookups_left), *next;

	for (; l != NULL; l = next) {
		next = LIST_NEXT(l, next);
		if (gai_error(&l->cb) == EAI_INPROGRESS)
			continue;
		LIST_REMOVE(l, next);
		sock_lookup_free(l);
	}
}

struct sock_lookup *
sock_lookup_start(const struct sock_where *w)
{
	struct sock_lookup *l = calloc(1, sizeof(*l));
	struct gaicb *list[1];

	sock_lookup_reap();
	if (l == NULL)
		return NULL;
	rte_strscpy(l->key, w->key, sizeof(l->key));
	rte_strscpy(l->host, w->host, sizeof(l->host));
	rte_strscpy(l->port, w->port, sizeof(l->port));
	sock_where_hints(w, SOCK_STREAM, false, &l->hints);
	l->cb = (struct gaicb){ .ar_name = l->host,
		.ar_service = l->port,
		.ar_request = &l->hints };
	list[0] = &l->cb;
	if (getaddrinfo_a(GAI_NOWAIT, list, 1, NULL) != 0) {
		free(l);
		return NULL;
	}
	return l;
}

int
sock_lookup_poll(struct sock_lookup *l, struct sock_addr *out, char *why)
{
	int ret = gai_error(&l->cb);

	if (ret == EAI_INPROGRESS)
		return -EAGAIN;
	if (ret == 0) {
		ret = (int)sock_addr_take(l->cb.ar_result, out);
	} else {
		snprintf(why, SOCK_WHY_LEN, "%s: can't resolve host address '%s', port %s: %s",
			l->key, l->host, l->port, gai_strerror(ret));
		ret = -ENOENT;
	}
	sock_lookup_free(l);
	return ret;
}

void
sock_lookup_abandon(struct sock_lookup *l)
{
	if (gai_cancel(&l->cb) == EAI_CANCELED || gai_error(&l->cb) != EAI_INPROGRESS)
		sock_lookup_free(l);
	else
		LIST_INSERT_HEAD(&sock_lookups_left, l, next);
}
