/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench_opt.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>

#include "bench_loop.h"
#include "bench_measure.h"

/* An option: its word, what its value is, the range of a number, where it goes, and its help. */
struct option {
	const char *word, *value; /* value NULL: takes none */
	int (*read)(struct bench_opt *o, const struct option *opt, const char *text);
	double least, most;
	size_t at;
	const char *help;
};

static int __rte_format_printf(1, 2) opt_wrong(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	fprintf(stderr, "ringhub-bench: ");
	vfprintf(stderr, format, ap);
	fprintf(stderr, "; --help lists the options\n");
	va_end(ap);
	return -EINVAL;
}

static int
opt_number(const struct option *opt, const char *text, double *value)
{
	char *end;

	*value = strtod(text, &end);
	if (end == text || *end != '\0' || !(*value >= opt->least && *value <= opt->most))
		return opt_wrong("--%s %s: want a number from %g to %g", opt->word, text,
			opt->least, opt->most);
	return 0;
}

static int
read_unsigned(struct bench_opt *o, const struct option *opt, const char *text)
{
	double value;
	int ret = opt_number(opt, text, &value);

	if (ret == 0 && value != (unsigned int)value)
		return opt_wrong("--%s %s: want a whole number", opt->word, text);
	if (ret == 0)
		*(unsigned int *)((char *)o + opt->at) = (unsigned int)value;
	return ret;
}

static int
read_short(struct bench_opt *o, const struct option *opt, const char *text)
{
	double value;
	int ret = opt_number(opt, text, &value);

	if (ret == 0 && value != (uint16_t)value)
		return opt_wrong("--%s %s: want a whole number", opt->word, text);
	if (ret == 0)
		*(uint16_t *)((char *)o + opt->at) = (uint16_t)value;
	return ret;
}

static int
read_seconds(struct bench_opt *o, const struct option *opt, const char *text)
{
	return opt_number(opt, text, (void *)((char *)o + opt->at));
}

static int
read_flag(struct bench_opt *o, const struct option *opt, const char *text)
{
	*(bool *)((char *)o + opt->at) = true;
	return 0;
}

static int
read_text(struct bench_opt *o, const struct option *opt, const char *text)
{
	*(const char **)((char *)o + opt->at) = text;
	return 0;
}

static int
read_case(struct bench_opt *o, const struct option *opt, const char *text)
{
	const struct bench_case *c = bench_case_find(text);

	if (c == NULL)
		return opt_wrong("--case %s: no such case, --list names them", text);
	o->form = *c;
	return 0;
}

static int
read_side(struct bench_opt *o, const struct option *opt, const char *text)
{
	if (o->n_sides == BENCH_MAX_SIDES)
		return opt_wrong("--side %s: there are two sides at most", text);
	if (text[strspn(text,
		    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")] != '\0' ||
		*text == '\0' || strcmp(text, "ratio") == 0 ||
		(o->n_sides == 1 && strcmp(text, o->side[0].name) == 0))
		return opt_wrong("--side %s: want a name of letters, digits, _ . -, another for "
				 "each side",
			text);
	o->side[o->n_sides++].name = text;
	return 0;
}

static int
read_pid(struct bench_opt *o, const struct option *opt, const char *text)
{
	struct bench_side *s = &o->side[o->n_sides - 1];
	double value;

	if (o->n_sides == 0)
		return opt_wrong("--pid %s: give --side NAME before it", text);
	if (s->n_pids == BENCH_MAX_PIDS)
		return opt_wrong("--pid %s: a side has %d processes at most", text, BENCH_MAX_PIDS);
	if (opt_number(opt, text, &value) < 0)
		return -EINVAL;
	s->pid[s->n_pids++] = (pid_t)value;
	return 0;
}

static int
read_port(struct bench_opt *o, const struct option *opt, const char *text)
{
	struct bench_side *s = &o->side[o->n_sides - 1];
	size_t n = strcspn(text, "=");
	char word[32];
	int kind;

	if (o->n_sides == 0)
		return opt_wrong("--port %s: give --side NAME before it", text);
	if (s->n_ports == BENCH_MAX_PORTS)
		return opt_wrong("--port %s: a side has %d ports at most", text, BENCH_MAX_PORTS);
	snprintf(word, sizeof(word), "%.*s", (int)n, text);
	kind = bench_port_kind(word);
	if (kind < 0 || text[n] == '\0' || text[n + 1] == '\0')
		return opt_wrong("--port %s: want vhost-user=SOCKET, virtio=SOCKET, "
				 "netdev=IFACE[@NETNS], dpdk=DEVARGS or loop=MODEL",
			text);
	s->conf[s->n_ports].kind = (enum bench_port_kind)kind;
	s->conf[s->n_ports++].arg = &text[n + 1];
	return 0;
}

static int
read_measure(struct bench_opt *o, const struct option *opt, const char *text)
{
	char word[32];
	size_t n;

	for (o->what = 0; *text != '\0'; text += n + (text[n] == ',')) {
		unsigned int bit;

		n = strcspn(text, ",");
		snprintf(word, sizeof(word), "%.*s", (int)n, text);
		bit = bench_measure_find(word);
		if (bit == 0)
			return opt_wrong("--measure %s: want some of rate,throughput,latency,ping "
					 "or all",
				word);
		o->what |= bit;
	}
	return o->what != 0 ? 0 : opt_wrong("--measure: want some of rate,throughput,latency,ping");
}

static int
read_traffic(struct bench_opt *o, const struct option *opt, const char *text)
{
	int kind = bench_traffic_find(text);

	if (kind < 0)
		return opt_wrong("--traffic %s: want pairs, oneway, ring, all or tell", text);
	o->form.traffic = (enum bench_traffic_kind)kind;
	return 0;
}

#define AT(member) offsetof(struct bench_opt, member)
/* clang-format off */
static const struct option options[] = {
	{ "case", "NAME", read_case, 0, 0, 0, "take size, burst, queues, ring and traffic from this row of --list" },
	{ "list", NULL, read_flag, 0, 0, AT(list), "print the table of cases as CSV" },
	{ "side", "NAME", read_side, 0, 0, 0, "a side; two are compared, the first over the second" },
	{ "pid", "PID", read_pid, 2, 4194304, 0, "a process of that side: its CPU is counted, and it is stopped (SIGSTOP) while the other side is measured" },
	{ "port", "KIND=WHERE", read_port, 0, 0, 0, "a port of that side: vhost-user=SOCKET, virtio=SOCKET (the same by a driver of ours, which does less for a frame), netdev=IFACE[@NETNS], dpdk=DEVARGS, loop=MODEL (virtio-net, e1000, rtl8139: a device of ours in this process)" },
	{ "measure", "WORDS", read_measure, 0, 0, 0, "rate, throughput (0 and 0.1 % loss), latency (at 10, 50 and 90 % load), ping (one frame under way), or all; default rate,ping" },
	{ "size", "BYTES", read_short, 64, BENCH_TSO_MAX + RTE_ETHER_CRC_LEN, AT(form.size), "of a frame with its FCS; default 64; at most 1518 without --mss" },
	{ "mss", "BYTES", read_short, 88, 1460, AT(form.mss), "TCP frames, to be cut to such segments (TSO), that go in and must come out uncut; vhost-user ports only" },
	{ "burst", "N", read_short, 1, BENCH_MAX_BURST, AT(form.burst), "frames that the generator sends and takes in one call; default 32" },
	{ "traffic", "WORD", read_traffic, 0, 0, 0, "pairs (port 0 and 1 to each other, ...; default), oneway (0 to 1), ring (each to the next), all (each to all), tell (0 to all)" },
	{ "packed", NULL, read_flag, 0, 0, AT(form.packed), "packed rings of virtio ports" },
	{ "ring", "N", read_unsigned, 64, 4096, AT(ring), "descriptors, a power of two; default 1024, or what the model of a loop= port can, if that is less" },
	{ "window", "N", read_unsigned, 1, 65536, AT(window), "frames on their way to one port at most, for rate; default 512, or what fits in a ring if that is less" },
	{ "pairs", "N", read_unsigned, 1, BENCH_MAX_REPEATS, AT(pairs), "repetitions; with two sides: A B A B ...; default 5" },
	{ "seconds", "S", read_seconds, 0.01, 3600, AT(seconds), "length of a trial; default 1" },
	{ "warm-up", "S", read_seconds, 0.01, 3600, AT(warm_up), "before each repetition of a side; default 0.2" },
	{ "wait", "S", read_seconds, 0.1, 3600, AT(wait), "how long frames may need to pass at all; default 10" },
	{ "resolution", "N", read_unsigned, 2, 1024, AT(resolution), "the search for throughput ends within 1/N of the rate; default 32" },
	{ "whole", NULL, read_flag, 0, 0, AT(whole), "check each byte of each frame, not its head and end only" },
	{ "csv", "FILE", read_text, 0, 0, AT(csv), "add every figure, a line each" },
	{ "json", "FILE", read_text, 0, 0, AT(json), "write medians and quartiles" },
	{ "quiet", NULL, read_flag, 0, 0, AT(quiet), "no progress line, no table" },
	{ "version", NULL, read_flag, 0, 0, AT(version), "print the version" },
	{ "help", NULL, read_flag, 0, 0, AT(help), "this text" },
};
/* clang-format on */

void
bench_opt_help(void)
{
	unsigned int i;

	printf("ringhub-bench [EAL options --] [--case NAME] [--side NAME [--pid PID]... --port "
	       "KIND=WHERE...]... "
	       "[options]\n\n"
	       "Sends numbered, time-stamped frames through what lies between the ports of a side, "
	       "and says what\n"
	       "became of them. Two sides are measured in turn, and their ratio is taken within "
	       "each pair.\n"
	       "Without --side, a --case of transport \"loop\" brings its own. Without EAL "
	       "options, the generator\n"
	       "runs on the second CPU, and devices in this process on the first.\n\n");
	for (i = 0; i < RTE_DIM(options); i++)
		printf("  --%-10s %-10s  %s\n", options[i].word,
			options[i].value != NULL ? options[i].value : "", options[i].help);
	printf("\nExample:\n  ringhub-bench --side ours --pid $PID --port vhost-user=a.sock --port "
	       "vhost-user=b.sock --measure all\n");
}

static const struct option *
opt_find(const char *word)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(options); i++)
		if (strcmp(options[i].word, word) == 0)
			return &options[i];
	return NULL;
}

/* A case in this process needs no words for its side. */
static void
opt_own_side(struct bench_opt *o)
{
	struct bench_side *s = &o->side[0];
	const char *model = strcmp(o->form.device, "virtio") == 0 ? "virtio-net" : o->form.device;

	s->name = "loop";
	o->n_sides = 1;
	while (s->n_ports < o->form.members) {
		s->conf[s->n_ports].kind = BENCH_PORT_LOOP;
		s->conf[s->n_ports++].arg = model;
	}
}

static int
opt_check_side(struct bench_opt *o, struct bench_side *s, uint16_t *index)
{
	bool paired = o->form.traffic == BENCH_PAIRS || o->form.traffic == BENCH_ONEWAY;
	unsigned int i;

	if (s->n_ports < 2)
		return opt_wrong("--side %s: give two --port or more", s->name);
	if (paired && s->n_ports % 2 != 0)
		return opt_wrong("--side %s: --traffic %s wants an even number of --port", s->name,
			bench_traffic_word(o->form.traffic));
	if (o->form.members != 0 && s->n_ports != o->form.members)
		return opt_wrong("--side %s: --case %s has %u ports, not %u", s->name, o->form.name,
			o->form.members, s->n_ports);
	for (i = 0; i < s->n_ports; i++) {
		struct bench_port_conf *c = &s->conf[i];

		c->index = (*index)++;
		c->queues = o->form.queues;
		c->ring = (uint16_t)o->ring;
		c->packed = o->form.packed;
		c->mss = o->form.mss;
		if (c->mss != 0 && c->kind != BENCH_PORT_VHOST_USER)
			return opt_wrong("--side %s: uncut TCP frames are for vhost-user ports",
				s->name);
		if ((c->kind == BENCH_PORT_LOOP) != (s->conf[0].kind == BENCH_PORT_LOOP))
			return opt_wrong("--side %s: loop= ports go with loop= ports only",
				s->name);
		if (c->kind == BENCH_PORT_LOOP && (!paired || c->queues != 1))
			return opt_wrong("--side %s: loop= ports have one queue pair, and pairs or "
					 "oneway as traffic",
				s->name);
	}
	return 0;
}

/* Descriptors of each ring: no more than all models can. */
static int
opt_check_ring(struct bench_opt *o)
{
	unsigned int i, k, most = 1024;

	for (i = 0; i < o->n_sides; i++)
		for (k = 0; k < o->side[i].n_ports; k++) {
			const struct bench_port_conf *c = &o->side[i].conf[k];
			unsigned int max;

			if (c->kind != BENCH_PORT_LOOP)
				continue;
			max = bench_loop_max_ring(c->arg, o->form.packed);
			if (max == 0)
				return opt_wrong("--port loop=%s%s: there are virtio-net, e1000 "
						 "and rtl8139, packed rings for virtio-net only",
					c->arg, o->form.packed ? " --packed" : "");
			if (o->ring > max)
				return opt_wrong("--ring %u: loop=%s has %u descriptors at most",
					o->ring, c->arg, max);
			most = RTE_MIN(most, max);
		}
	if (o->ring == 0)
		o->ring = most;
	if ((o->ring & (o->ring - 1)) != 0)
		return opt_wrong("--ring %u: want a power of two", o->ring);
	if (o->window == 0)
		o->window = RTE_MIN(512u, o->ring / (o->form.size / BENCH_TSO_ROOM + 1u));
	return 0;
}

static int
opt_check(struct bench_opt *o)
{
	uint16_t index = 0;
	unsigned int i;
	int ret = 0;

	if (o->n_sides == 0 && o->form.transport != NULL && strcmp(o->form.transport, "loop") == 0)
		opt_own_side(o);
	if (o->n_sides == 0)
		return opt_wrong("give --side NAME and its --port, or --case loop-...");
	ret = opt_check_ring(o);
	if (ret < 0)
		return ret;
	if (o->form.size >
			(o->form.mss > 0 ? BENCH_TSO_MAX : BENCH_FRAME_MAX) + RTE_ETHER_CRC_LEN ||
		o->form.size <= o->form.mss)
		return opt_wrong("--size %u: want at most 1518, or --mss and more than that",
			o->form.size);
	if (o->window < o->form.burst)
		return opt_wrong("--window %u: want no less than --burst %u", o->window,
			o->form.burst);
	for (i = 0; i < o->n_sides && ret == 0; i++)
		ret = opt_check_side(o, &o->side[i], &index);
	return ret;
}

int
bench_opt_read(struct bench_opt *o, int argc, char **argv)
{
	int i, ret;

	memset(o, 0, sizeof(*o));
	o->form = (struct bench_case){ .name = "custom", .size = 64, .queues = 1, .burst = 32 };
	o->what = BENCH_MEASURE_RATE | BENCH_MEASURE_PING;
	o->pairs = 5;
	o->resolution = 32;
	o->seconds = 1;
	o->warm_up = 0.2;
	o->wait = 10;
	for (i = 0; i < argc; i++) {
		const struct option *opt = NULL;

		if (strncmp(argv[i], "--", 2) == 0)
			opt = opt_find(argv[i] + 2);
		if (opt == NULL)
			return opt_wrong("%s: no such option", argv[i]);
		if (opt->value != NULL && i + 1 == argc)
			return opt_wrong("%s: want %s behind it", argv[i], opt->value);
		ret = opt->read(o, opt, opt->value != NULL ? argv[++i] : NULL);
		if (ret < 0)
			return ret;
	}
	return o->help || o->list || o->version ? 0 : opt_check(o);
}
