/* SPDX-License-Identifier: BSD-3-Clause */
/* QMP's socket: clients, their buffers, events. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <rte_string_fns.h>

#include "listen.h"
#include "qmp_private.h"

/* No more is read from a client that has so much to take; with so much more it goes. */
#define QMP_OUT_PAUSE 65536
#define QMP_OUT_MAX   (1u << 20)
/* So long a client may take nothing of it; milliseconds. */
#define QMP_STUCK_MS 5000
/* How often ports are looked at for events, while a client wants to know; milliseconds. */
#define QMP_WATCH_MS 100
#define QMP_EVENTS   256

struct qmp {
	struct ringhub *rh;
	int listen_fd, wake_fd;
	char path[108];
	unsigned int n;
	struct qmp_client client[QMP_CLIENTS];
	uint64_t watch_at; /* ms */
};

/* Events come from any thread, also when there is no server. */
static struct {
	pthread_mutex_t lock;
	int wake_fd; /* -1: no server */
	unsigned int n;
	uint64_t lost; /* more than QMP_EVENTS between two rounds of M's loop */
	char *line[QMP_EVENTS];
} qmp_events = { .lock = PTHREAD_MUTEX_INITIALIZER, .wake_fd = -1 };

uint64_t
qmp_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static char *
qmp_event_line(const char *name, const char *data)
{
	struct timespec t;
	json_t *event;
	char *line;

	clock_gettime(CLOCK_REALTIME, &t);
	event = json_pack("{s:{s:I,s:I},s:s}", "timestamp", "seconds", (json_int_t)t.tv_sec,
		"microseconds", (json_int_t)(t.tv_nsec / 1000), "event", name);
	if (event != NULL && data != NULL)
		json_object_set_new(event, "data", json_loads(data, 0, NULL));
	line = event != NULL ? json_dumps(event, JSON_ENSURE_ASCII) : NULL;
	json_decref(event);
	return line;
}

void
qmp_event(const char *name, const char *data)
{
	const uint64_t one = 1;

	pthread_mutex_lock(&qmp_events.lock);
	if (qmp_events.wake_fd >= 0) {
		char *line = qmp_events.n < QMP_EVENTS ? qmp_event_line(name, data) : NULL;

		if (line != NULL)
			qmp_events.line[qmp_events.n++] = line;
		else
			qmp_events.lost++;
		if (write(qmp_events.wake_fd, &one, sizeof(one)) < 0)
			qmp_events.lost++;
	}
	pthread_mutex_unlock(&qmp_events.lock);
}

/* Send what waits, as far as the client takes it. */
static void
qmp_flush(struct qmp_client *k)
{
	while (k->out_len > 0 && !k->gone) {
		ssize_t n = send(k->fd, k->out, k->out_len, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			if (k->stuck_since == 0)
				k->stuck_since = qmp_now();
			return;
		}
		if (n < 0) {
			k->gone = true;
			return;
		}
		k->stuck_since = 0;
		k->out_len -= (size_t)n;
		memmove(k->out, k->out + n, k->out_len);
	}
	k->stuck_since = 0;
}

static void
qmp_send_text(struct qmp_client *k, const char *text, size_t len)
{
	if (k->gone)
		return;
	if (k->out_len + len + 2 > QMP_OUT_MAX) {
		fprintf(stderr, "ringhub: qmp: a client does not read its answers: closed\n");
		k->gone = true;
		return;
	}
	if (k->out_len + len + 2 > k->out_size) {
		size_t size = k->out_len + len + 2 + 4096;
		char *out = realloc(k->out, size);

		if (out == NULL) {
			k->gone = true;
			return;
		}
		k->out = out;
		k->out_size = size;
	}
	memcpy(k->out + k->out_len, text, len);
	memcpy(k->out + k->out_len + len, "\r\n", 2);
	k->out_len += len + 2;
	qmp_flush(k);
}

/* Send a message and give up the reference. NULL: there was no memory for it. */
static void
qmp_send(struct qmp_client *k, json_t *message)
{
	char *text = message != NULL ? json_dumps(message, JSON_ENSURE_ASCII) : NULL;

	if (text != NULL)
		qmp_send_text(k, text, strlen(text));
	else
		k->gone = true;
	free(text);
	json_decref(message);
}

static void
qmp_send_events(struct qmp *q)
{
	unsigned int i, k, n;
	char *line[QMP_EVENTS];
	uint64_t count, lost;

	if (read(q->wake_fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		fprintf(stderr, "ringhub: qmp: %s\n", strerror(errno));
	pthread_mutex_lock(&qmp_events.lock);
	n = qmp_events.n;
	memcpy(line, qmp_events.line, n * sizeof(line[0]));
	lost = qmp_events.lost;
	qmp_events.n = 0;
	qmp_events.lost = 0;
	pthread_mutex_unlock(&qmp_events.lock);
	if (lost > 0)
		fprintf(stderr, "ringhub: qmp: %llu events were lost\n", (unsigned long long)lost);
	for (i = 0; i < n; i++) {
		for (k = 0; k < q->n; k++)
			if (q->client[k].ready)
				qmp_send_text(&q->client[k], line[i], strlen(line[i]));
		free(line[i]);
	}
}

static void
qmp_accept(struct qmp *q)
{
	int fd = accept4(q->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct qmp_client *k = &q->client[q->n];

	if (fd < 0)
		return;
	if (q->n == QMP_CLIENTS) {
		static const char full[] = "{\"error\": {\"class\": \"GenericError\", "
					   "\"desc\": \"too many QMP clients\"}}\r\n";

		send(fd, full, sizeof(full) - 1, MSG_NOSIGNAL);
		close(fd);
		return;
	}
	*k = (struct qmp_client){ .fd = fd };
	q->n++;
	qmp_send(k, json_pack("{s:{s:o,s:[]}}", "QMP", "version", qmp_version(), "capabilities"));
}

static void
qmp_drop(struct qmp *q, unsigned int i)
{
	struct qmp_client *k = &q->client[i];

	close(k->fd);
	free(k->out);
	qmp_frame_free(&k->in);
	*k = q->client[--q->n];
}

static bool
qmp_any_ready(const struct qmp *q)
{
	unsigned int i;

	for (i = 0; i < q->n; i++)
		if (q->client[i].ready)
			return true;
	return false;
}

/* The first client that wants to know of changes: they count from now. */
static void
qmp_begin_watch(struct qmp *q)
{
	pthread_mutex_lock(&q->rh->lock);
	qmp_watch_begin(q->rh);
	pthread_mutex_unlock(&q->rh->lock);
	q->watch_at = qmp_now() + QMP_WATCH_MS;
}

/* Take what a client sent and answer it. */
static void
qmp_feed(struct qmp *q, struct qmp_client *k)
{
	char buf[4096];
	ssize_t i, n = recv(k->fd, buf, sizeof(buf), MSG_DONTWAIT);
	bool watched = qmp_any_ready(q);

	if (n <= 0) {
		k->gone = n == 0 || (errno != EAGAIN && errno != EINTR);
		return;
	}
	for (i = 0; i < n && !k->gone; i++) {
		enum qmp_frame_result r = qmp_frame_push(&k->in, buf[i]);

		if (r == QMP_FRAME_MESSAGE)
			qmp_send(k, qmp_dispatch(q->rh, k, k->in.buf, k->in.len));
		else if (r == QMP_FRAME_BAD)
			qmp_send(k, qmp_error("GenericError", k->in.why, NULL));
	}
	if (!watched && qmp_any_ready(q))
		qmp_begin_watch(q);
}

unsigned int
qmp_poll_fds(const struct qmp *q, struct pollfd *fds)
{
	unsigned int i;

	if (q == NULL)
		return 0;
	fds[0] = (struct pollfd){ .fd = q->listen_fd, .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = q->wake_fd, .events = POLLIN };
	for (i = 0; i < q->n; i++) {
		const struct qmp_client *k = &q->client[i];

		fds[2 + i] = (struct pollfd){ .fd = k->fd };
		if (k->out_len < QMP_OUT_PAUSE)
			fds[2 + i].events |= POLLIN;
		if (k->out_len > 0)
			fds[2 + i].events |= POLLOUT;
	}
	return 2 + q->n;
}

int
qmp_timeout(const struct qmp *q)
{
	/* A client that is ready makes for a round every QMP_WATCH_MS, one that is stuck for the same. */
	unsigned int i;

	if (q == NULL)
		return -1;
	for (i = 0; i < q->n; i++)
		if (q->client[i].ready || q->client[i].stuck_since != 0)
			return QMP_WATCH_MS;
	return -1;
}

static void
qmp_serve_client(struct qmp *q, struct qmp_client *k, short revents)
{
	if (revents & POLLOUT)
		qmp_flush(k);
	if (revents & POLLIN)
		qmp_feed(q, k);
	else if (revents & (POLLHUP | POLLERR))
		k->gone = true;
	if (k->stuck_since != 0 && qmp_now() - k->stuck_since > QMP_STUCK_MS) {
		fprintf(stderr, "ringhub: qmp: a client has not read for %d s: closed\n",
			QMP_STUCK_MS / 1000);
		k->gone = true;
	}
}

void
qmp_serve(struct qmp *q, const struct pollfd *fds, unsigned int n)
{
	unsigned int i;

	if (q == NULL)
		return;
	for (i = 2; i < n; i++)
		qmp_serve_client(q, &q->client[i - 2], fds[i].revents);
	if (qmp_any_ready(q) && qmp_now() >= q->watch_at) {
		pthread_mutex_lock(&q->rh->lock);
		qmp_watch_look(q->rh);
		pthread_mutex_unlock(&q->rh->lock);
		q->watch_at = qmp_now() + QMP_WATCH_MS;
	}
	qmp_send_events(q);
	for (i = q->n; i-- > 0;)
		if (q->client[i].gone)
			qmp_drop(q, i);
	if (fds[0].revents != 0)
		qmp_accept(q);
}

int
qmp_open(struct ringhub *rh, const char *address)
{
	struct qmp *q;

	if (address[0] == '\0')
		return 0;
	q = calloc(1, sizeof(*q));
	if (q == NULL)
		return -1;
	q->rh = rh;
	rte_strscpy(q->path, address + strlen("unix:"), sizeof(q->path));
	q->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	q->listen_fd = q->wake_fd < 0 ? -1 : listen_unix("-qmp", q->path);
	if (q->listen_fd < 0) {
		if (q->wake_fd >= 0)
			close(q->wake_fd);
		free(q);
		return -1;
	}
	pthread_mutex_lock(&qmp_events.lock);
	qmp_events.wake_fd = q->wake_fd;
	pthread_mutex_unlock(&qmp_events.lock);
	rh->qmp = q;
	return 0;
}

void
qmp_close(struct ringhub *rh)
{
	struct qmp *q = rh->qmp;

	if (q == NULL)
		return;
	qmp_event("SHUTDOWN", rh->quit ? "{\"guest\": false, \"reason\": \"host-qmp-quit\"}"
				       : "{\"guest\": false, \"reason\": \"host-signal\"}");
	qmp_send_events(q);
	pthread_mutex_lock(&qmp_events.lock);
	qmp_events.wake_fd = -1;
	pthread_mutex_unlock(&qmp_events.lock);
	while (q->n > 0)
		qmp_drop(q, q->n - 1);
	close(q->listen_fd);
	close(q->wake_fd);
	unlink(q->path);
	free(q);
	rh->qmp = NULL;
}
