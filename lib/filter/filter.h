/* SPDX-License-Identifier: BSD-3-Clause */
/* QEMU's network filters: dump, mirror, redirector, buffer. Each hangs on a netdev's hub member. */
#ifndef FILTER_FILTER_H
#define FILTER_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/stats.h"
#include "hub/hub_filter.h"

#define FILTER_ID_LEN  64
#define FILTER_WHY_LEN 512
/* QEMU's default of maxlen: the longest frame there is, whole. */
#define FILTER_MAXLEN 65536

struct filter;
struct filter_chr;

/** QEMU's queue=: rx are frames that the netdev receives, tx those that it sends. */
enum filter_queue { FILTER_ALL, FILTER_RX, FILTER_TX };

/** What a filter is made of. Pointers are used during creation only, chardevs until destruction. */
struct filter_conf {
	const char *id;
	const char *netdev;
	enum filter_queue queue;
	bool off;		/* status=off */
	const char *file;	/* dump */
	bool pcapng;		/* dump: pcapng instead of pcap */
	uint32_t maxlen;	/* dump: bytes kept of a frame, 1 and more */
	uint32_t interval;	/* buffer: microseconds, 1 and more */
	struct filter_chr *in;	/* redirector: NULL without indev= */
	struct filter_chr *out; /* mirror, redirector: NULL without outdev= */
	bool vnet_hdr;		/* mirror, redirector: a virtio-net header before each frame */
};

/** Counters of a filter. Any thread adds atomically. */
struct filter_stats {
	uint64_t frames, kept, injected, released, bytes;
	uint64_t drop_ring_full, drop_no_mbuf, drop_not_connected, drop_stopped, drop_malformed;
	uint64_t drop_removed, write_errors, protocol_errors, connects;
};

#define FILTER_N_STATS 14
extern const struct stat_desc filter_stats[FILTER_N_STATS];

/** "filter-dump" ... Thread: M. @param why  FILTER_WHY_LEN bytes: the reason, in QEMU's words where
 * it has some. @return NULL and rte_errno: ENOMEM, EINVAL, or what the file or thread said. */
struct filter *filter_dump_create(const struct filter_conf *conf, char *why);
struct filter *filter_mirror_create(const struct filter_conf *conf, char *why);
struct filter *filter_redirector_create(const struct filter_conf *conf, char *why);
struct filter *filter_buffer_create(const struct filter_conf *conf, char *why);

/**
 * Let it send on what it holds back, as it is about to be taken out; it takes no more. Waits for
 * D, briefly: what is still there afterwards is lost and counted. Thread: M.
 */
void filter_rest(struct filter *f);

/** Free a filter that no D uses any more (engine_sync()), its thread and its file. Thread: M. */
void filter_destroy(struct filter *f);

/** Free what destroyed filters' frames, still under way in ports, held back. @param last  all ports are
 * gone: nothing is under way. Thread: M. */
void filter_reap(bool last);

/** QEMU's status=: an off filter lets everything pass. Thread: M. */
void filter_set_on(struct filter *f, bool on);

/** Where the hub calls it; the context is the filter. Thread: any. */
const struct hub_filter_ops *filter_ops(const struct filter *f);

/** A counter. Thread: any. */
uint64_t filter_stat(const struct filter *f, const struct stat_desc *d);

#endif
