/* SPDX-License-Identifier: BSD-3-Clause */
/* The words of -netdev, and what each is made of. */
#ifndef RINGHUB_BACKEND_H
#define RINGHUB_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "opt.h"

/** One word of -netdev. Const. */
struct backend {
	const char *word;
	const char *driver; /* the PMD that takes the keys as devargs; NULL: wire.c makes it */
	bool kind;	    /* the PMD serves several words: it gets kind=WORD, too */
	const char *usage;  /* lines of "ringhub -h" */
};

/** The backend of that word; NULL. Thread: any. */
const struct backend *backend_find(const char *word);

/** The keys that the app adds to the user's for that word, "KEY=VALUE,KEY=VALUE"; "" for none.
 * Thread: any. */
const char *backend_preset(const char *word);

/** Whether the keys of a tap leave it to the kernel's vhost. Thread: any. */
bool backend_wants_vhost(const struct opt *keys);

/** The keys of DPDK's net_virtio_user for those of a tap with vhost=on (without the app's presets).
 * @param why  OPT_LEN bytes. @return 0; -EINVAL. Thread: any. */
int backend_vhost_keys(const struct opt *keys, struct opt *out, char *why);

/** The words, comma-separated, cut to len. Thread: any. */
void backend_words(char *text, size_t len);

/** "ringhub -h": the usage lines of all. "-netdev help": the words, one a line. */
void backend_print_usage(FILE *out);
void backend_print_words(FILE *out);

/** "-netdev WORD,help": the usage lines of that one. @return whether there is such a word. */
bool backend_print_usage_of(const char *word, FILE *out);

/** What "info network" says behind the type, e.g. "net=10.0.2.0,restrict=off". @return 0; -ENODEV
 * for a port without such words. Thread: M. */
int backend_summary(uint16_t port_id, char *text, size_t len);

/** The reason behind an xstat of any of our backends; NULL when unknown. Thread: any. */
const char *backend_stat_reason(const char *xstat);

#endif
