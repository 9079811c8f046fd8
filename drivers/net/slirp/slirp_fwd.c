/* SPDX-License-Identifier: BSD-3-Clause */
/* Forwarding rules: their grammar, and adding and removing them. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_string_fns.h>

#include "slirp_pmd.h"

/* Cut *text at sep into out and step behind it. Brackets protect an IPv6 address. */
static bool
slirp_cut(const char **text, char sep, char *out, size_t len)
{
	const char *from = *text, *end;

	if (from[0] == '[' && strchr(from, ']') != NULL) {
		end = strchr(from, ']') + 1;
		if (*end != sep)
			return false;
	} else {
		end = strchr(from, sep);
	}
	if (end == NULL || (size_t)(end - from) >= len)
		return false;
	memcpy(out, from, (size_t)(end - from));
	out[end - from] = '\0';
	*text = end + 1;
	return true;
}

/* An address ("": any; "[v6]" or v4) and a port in min..65535. */
static int
slirp_address(const char *addr, struct sockaddr_storage *ss, socklen_t *len)
{
	struct sockaddr_in *in = (struct sockaddr_in *)ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;
	char copy[INET6_ADDRSTRLEN + 2];
	size_t n = strlen(addr);

	memset(ss, 0, sizeof(*ss));
	if (addr[0] == '[' && n > 2 && n < sizeof(copy) && addr[n - 1] == ']') {
		rte_strscpy(copy, addr + 1, n - 1);
		in6->sin6_family = AF_INET6;
		*len = sizeof(*in6);
		return inet_pton(AF_INET6, copy, &in6->sin6_addr) == 1 ? 0 : -EINVAL;
	}
	in->sin_family = AF_INET;
	*len = sizeof(*in);
	return addr[0] == '\0' || inet_pton(AF_INET, addr, &in->sin_addr) == 1 ? 0 : -EINVAL;
}

static int
slirp_port_number(const char *text, unsigned long min, struct sockaddr_storage *ss)
{
	char *end;
	unsigned long port = strtoul(text, &end, 0);

	if (*text < '0' || *text > '9' || *end != '\0' || port < min || port > 65535)
		return -EINVAL;
	/* The port lies at the same place in both families. */
	((struct sockaddr_in *)ss)->sin_port = htons((uint16_t)port);
	return 0;
}

static int
slirp_unix_path(const char *path, struct slirp_fwd *fwd, const char **why)
{
	struct sockaddr_un *un = (struct sockaddr_un *)&fwd->host;
	struct stat st;

	*why = path[0] == '\0'			      ? "Missing unix socket path"
	       : path[0] != '/'			      ? "unix socket path must be absolute"
	       : strlen(path) >= sizeof(un->sun_path) ? "Unix socket path is too long"
						      : NULL;
	if (*why != NULL)
		return -EINVAL;
	if (stat(path, &st) == 0 && !S_ISSOCK(st.st_mode)) {
		*why = "file exists and it's not unix socket";
		return -EINVAL;
	}
	memset(&fwd->host, 0, sizeof(fwd->host));
	un->sun_family = AF_UNIX;
	rte_strscpy(un->sun_path, path, sizeof(un->sun_path));
	fwd->host_len = sizeof(*un);
	return 0;
}

static bool
slirp_protocol(const char *word, struct slirp_fwd *fwd)
{
	fwd->udp = strcmp(word, "udp") == 0;
	return fwd->udp || word[0] == '\0' || strcmp(word, "tcp") == 0;
}

/* "HOSTADDR:HOSTPORT-" */
static int
slirp_fwd_host(const char **p, struct slirp_fwd *fwd, const char **why)
{
	char word[PMD_ARG_LEN];

	if (!slirp_cut(p, ':', word, sizeof(word))) {
		*why = "Missing : separator";
		return -EINVAL;
	}
	if (slirp_address(word, &fwd->host, &fwd->host_len) < 0) {
		*why = "Bad host address";
		return -EINVAL;
	}
	if (!slirp_cut(p, '-', word, sizeof(word))) {
		*why = "Bad host port separator";
		return -EINVAL;
	}
	if (slirp_port_number(word, 0, &fwd->host) < 0) {
		*why = "Bad host port";
		return -EINVAL;
	}
	return 0;
}

/* "GUESTADDR:GUESTPORT" */
static int
slirp_fwd_guest(const char *p, struct slirp_fwd *fwd, const char **why)
{
	char word[PMD_ARG_LEN];

	if (!slirp_cut(&p, ':', word, sizeof(word))) {
		*why = "Missing guest address";
		return -EINVAL;
	}
	if (slirp_address(word, &fwd->guest, &fwd->guest_len) < 0) {
		*why = "Bad guest address";
		return -EINVAL;
	}
	if (slirp_port_number(p, 1, &fwd->guest) < 0) {
		*why = "Bad guest port";
		return -EINVAL;
	}
	return 0;
}

int
slirp_fwd_parse(const char *rule, struct slirp_fwd *fwd, const char **why)
{
	const char *p = rule;
	char word[PMD_ARG_LEN];
	int ret;

	memset(fwd, 0, sizeof(*fwd));
	if (!slirp_cut(&p, ':', word, sizeof(word))) {
		*why = "No : separators";
		return -EINVAL;
	}
	if (strcmp(word, "unix") == 0) {
		if (!slirp_cut(&p, '-', word, sizeof(word))) {
			*why = "Missing - separator";
			return -EINVAL;
		}
		ret = slirp_unix_path(word, fwd, why);
	} else if (!slirp_protocol(word, fwd)) {
		*why = "Bad protocol name";
		return -EINVAL;
	} else {
		ret = slirp_fwd_host(&p, fwd, why);
	}
	return ret < 0 ? ret : slirp_fwd_guest(p, fwd, why);
}

int
slirp_fwd_parse_removal(const char *rule, struct slirp_fwd *fwd)
{
	const char *p = rule, *why;
	char word[PMD_ARG_LEN];

	memset(fwd, 0, sizeof(*fwd));
	if (!slirp_cut(&p, ':', word, sizeof(word)))
		return -EINVAL;
	if (strcmp(word, "unix") == 0)
		return slirp_unix_path(p, fwd, &why);
	if (!slirp_protocol(word, fwd) || !slirp_cut(&p, ':', word, sizeof(word)) ||
		slirp_address(word, &fwd->host, &fwd->host_len) < 0)
		return -EINVAL;
	return slirp_port_number(p, 0, &fwd->host);
}

static int
slirp_fwd_flags(const struct slirp_fwd *fwd)
{
	return (fwd->udp ? SLIRP_HOSTFWD_UDP : 0) |
	       (fwd->host.ss_family == AF_INET6 ? SLIRP_HOSTFWD_V6ONLY : 0);
}

/* libslirp wants a guest address of the host address's family. */
static void
slirp_fwd_default_guest(const struct slirp_port *port, struct slirp_fwd *fwd)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&fwd->guest;

	if (fwd->guest.ss_family == AF_INET && in->sin_addr.s_addr == 0)
		in->sin_addr = port->conf.slirp.vdhcp_start;
}

int
slirp_fwd_add(struct slirp_port *port, const char *rule, char *why, size_t len)
{
	struct slirp_fwd fwd;
	const char *reason;

	if (slirp_fwd_parse(rule, &fwd, &reason) < 0) {
		snprintf(why, len, "Invalid host forwarding rule '%s' (%s)", rule, reason);
		return -EINVAL;
	}
	slirp_fwd_default_guest(port, &fwd);
	if (fwd.host.ss_family == AF_UNIX)
		unlink(((struct sockaddr_un *)&fwd.host)->sun_path);
	errno = 0;
	if (slirp_add_hostxfwd(port->slirp, (struct sockaddr *)&fwd.host, fwd.host_len,
		    (struct sockaddr *)&fwd.guest, fwd.guest_len, slirp_fwd_flags(&fwd)) < 0) {
		int err = errno != 0 ? errno : EINVAL;

		snprintf(why, len, "Could not set up host forwarding rule '%s': %s%s", rule,
			strerror(err),
			err == EADDRINUSE ? ": choose another host port"
			: err == EACCES	  ? ": choose a host port above 1023"
					  : "");
		return -err;
	}
	return 0;
}

int
slirp_fwd_remove(struct slirp_port *port, const char *rule, char *why, size_t len)
{
	struct slirp_fwd fwd;

	if (slirp_fwd_parse_removal(rule, &fwd) < 0) {
		snprintf(why, len, "invalid format: '%s' is not [tcp|udp]:[address]:port", rule);
		return -EINVAL;
	}
	if (slirp_remove_hostxfwd(port->slirp, (struct sockaddr *)&fwd.host, fwd.host_len,
		    slirp_fwd_flags(&fwd)) < 0) {
		snprintf(why, len, "host forwarding rule for %s not found", rule);
		return -ENOENT;
	}
	snprintf(why, len, "host forwarding rule for %s removed", rule);
	return 0;
}

int
slirp_guestfwd_add(struct slirp_port *port, const char *rule, char *why, size_t len)
{
	const char *p = rule;
	struct slirp_fwd fwd = { 0 };
	struct sockaddr_in *in = (struct sockaddr_in *)&fwd.guest;
	char word[PMD_ARG_LEN];
	int ret = -EINVAL, tcp_port;

	if (!slirp_cut(&p, ':', word, sizeof(word)) || !slirp_protocol(word, &fwd) || fwd.udp ||
		!slirp_cut(&p, ':', word, sizeof(word)) ||
		slirp_address(word, &fwd.guest, &fwd.guest_len) < 0 || in->sin_family != AF_INET ||
		!slirp_cut(&p, '-', word, sizeof(word)) ||
		slirp_port_number(word, 1, &fwd.guest) < 0) {
		snprintf(why, len,
			"Invalid guest forwarding rule '%s': must be [tcp]:SERVER:PORT-TARGET",
			rule);
		return -EINVAL;
	}
	tcp_port = ntohs(in->sin_port);
	if (strncmp(p, "cmd:", 4) == 0)
		ret = slirp_add_exec(port->slirp, p + 4, &in->sin_addr, tcp_port);
	else if (strncmp(p, "unix:/", 6) == 0)
		ret = slirp_add_unix(port->slirp, p + 5, &in->sin_addr, tcp_port);
	else {
		snprintf(why, len, "guestfwd target '%s': must be cmd:COMMAND or unix:/PATH", p);
		return -EINVAL;
	}
	if (ret < 0) {
		snprintf(why, len, "Conflicting/invalid host:port in guest forwarding rule '%s'",
			rule);
		return -EINVAL;
	}
	return 0;
}
