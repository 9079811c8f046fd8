/* SPDX-License-Identifier: BSD-3-Clause */
/* The ringhub program: command line, start, run, stop. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_version.h>

#include "announce.h"
#include "backend.h"
#include "console.h"
#include "eal.h"
#include "gmem/gmem_fault.h"
#include "qmp.h"
#include "ringhub.h"

/* clang-format off */
static const char usage[] =
"usage: ringhub [EAL options --] [options]\n"
"\n";

static const char usage_rest[] =
"  -device virtio-net-pci,id=ID,netdev=ID,vhost-user=PATH[,mode=server|client]\n"
"                         [,mac=MAC][,queues=N][,host_mtu=N]\n"
"  -device e1000|rtl8139|virtio-net-pci,id=ID,netdev=ID,vfio-user=PATH[,mac=MAC]\n"
"                         [,rom=FILE|off][,doorbells=mmap|trap]\n"
"                          a NIC for a guest; the options for QEMU are printed at start\n"
"  -net nic|TYPE,...[,vlan=N]\n"
"                          the same in QEMU's old words: everything on hub N (0)\n"
"  -nic TYPE,model=MODEL,...  a NIC and its backend at once\n"
"  -hub id=N[,mode=hub|switch][,ageing=SECONDS][,max-macs=N][,storm=PPS]\n"
"                         [,loop=off|warn|block]\n"
"                          how hub N forwards (default: as QEMU's, everything to all)\n"
"  -engine idle=adaptive|poll  lcores without frames sleep, or poll for ever (default)\n"
"  -chardev socket,id=ID,path=PATH|host=HOST,port=PORT[,server=on,wait=off][,reconnect=S]\n"
"                          a socket for filters\n"
"  -object filter-dump|filter-mirror|filter-redirector|filter-buffer,id=ID,netdev=ID,...\n"
"                          a network filter (doc/filters.md)\n"
"  -readconfig FILE        read [netdev \"ID\"], [device \"ID\"], [hub \"N\"], [engine],\n"
"                          [chardev \"ID\"], [object \"ID\"] and [ringhub] sections\n"
"  -monitor stdio|unix:PATH|none  the console (help there lists its commands)\n"
"  -qmp unix:PATH          QEMU's machine protocol (doc/qmp.md)\n"
"  -netdev help, -netdev TYPE,help, -device help, -device MODEL,help,\n"
"  -nic TYPE,model=help, -object help  what there is\n"
"  -netdev and -device take QEMU's JSON form, too: '{\"type\":\"user\",\"id\":\"n0\"}'\n"
"  -h, -help, -version\n";

static const char device_help[] =
"Network devices:\n"
"name \"e1000\", bus vfio-user, alias \"e1000-82540em\", desc \"Intel Gigabit Ethernet\"\n"
"name \"rtl8139\", bus vfio-user\n"
"name \"virtio-net-pci\", bus vhost-user or vfio-user, alias \"virtio-net\"\n";

static const char common_help[] =
"  netdev=<str>           - backend or hubport\n"
"  id=<str>\n"
"  mac=<str>              - Ethernet 6-byte MAC Address, example: 52:54:00:12:34:56\n"
"  vfio-user=<str>        - unix socket (QEMU >= 10.1: vfio-user-pci)\n"
"  rom=<str>              - option ROM file, off: none (default: iPXE where it is installed)\n"
"  trace=<str>            - vfio-user: file to record register accesses in\n";

static const char e1000_help[] =
"  doorbells=<str>        - mmap: the guest reaches the rings' registers in shared memory\n"
"                           (default; for KVM and polling drivers); trap: by messages\n"
"                           (better without KVM, with an interrupt-driven driver)\n";

static const char rtl8139_help[] =
"  revision=<uint8>       - PCI revision (default: 0x20, 8139C+; 0x10: 8139C)\n";

static const char virtio_help[] =
"  vhost-user=<str>       - unix socket, instead of vfio-user\n"
"  mode=<str>             - vhost-user: server: listen (default); client: connect and reconnect\n"
"  queues=<uint16>        - queue pairs, 1..16 (default: 1)\n"
"  host_mtu=<uint16>      - MTU told to the guest\n"
"  csum, guest_csum, host_tso4, host_tso6, guest_tso4, guest_tso6, mrg_rxbuf,\n"
"  event_idx, indirect_desc=<bool>  - on/off (default: on)\n"
"  packed=<bool>          - packed rings (default: off)\n"
"  rx-usecs, tx-usecs=<uint16>   - vhost-user: interrupts of frames to the guest, and of those it\n"
"                           has sent, wait so long for more (default: 0)\n"
"  rx-frames, tx-frames=<uint16> - or until there are so many (default: 32)\n"
"  rss, hash=<bool>       - vfio-user: the guest spreads frames over its queues by their hash,\n"
"                           and gets the hash of each (default: off)\n"
"  notf_coal, vq_notf_coal, device_stats=<bool>  - vfio-user: the guest may coalesce interrupts\n"
"                           (ethtool -C), and ask for statistics (default: on)\n";
/* clang-format on */

static const struct {
	const char *value, *title, *help;
} main_device_help[] = {
	{ "virtio-net-pci,help", "virtio-net-pci options:\n", virtio_help },
	{ "virtio-net,help", "virtio-net-pci options:\n", virtio_help },
	{ "e1000,help", "e1000 options:\n", e1000_help },
	{ "rtl8139,help", "rtl8139 options:\n", rtl8139_help },
};

static void
main_usage(void)
{
	fputs(usage, stdout);
	backend_print_usage(stdout);
	fputs(usage_rest, stdout);
}

bool
rh_print_device_help(const char *value, FILE *out)
{
	size_t i;

	if (strcmp(value, "help") == 0) {
		fputs(device_help, out);
		return true;
	}
	for (i = 0; i < RTE_DIM(main_device_help); i++) {
		if (strcmp(value, main_device_help[i].value) != 0)
			continue;
		fputs(main_device_help[i].title, out);
		fputs(common_help, out);
		fputs(main_device_help[i].help, out);
		return true;
	}
	return false;
}

/* "help" and "TYPE,help" of -netdev. */
static bool
main_answer_netdev(const char *value)
{
	char word[64];
	size_t n = strcspn(value, ",");

	if (strcmp(value, "help") == 0) {
		backend_print_words(stdout);
		return true;
	}
	snprintf(word, sizeof(word), "%.*s", (int)n, value);
	return strcmp(value + n, ",help") == 0 && backend_print_usage_of(word, stdout);
}

/* "...,model=help" of -nic and -net nic. */
static bool
main_answer_nic(const char *value)
{
	const char *model = strstr(value, ",model=help");

	if (model == NULL || model[strlen(",model=help")] != '\0')
		return false;
	fputs("Supported NIC models:\ne1000\nrtl8139\nvirtio-net-pci\n", stdout);
	return true;
}

/* Answer what needs no DPDK. @return true when the program is done. */
static bool
main_answer(const char *name, const char *value)
{
	if (strcmp(name, "h") == 0 || strcmp(name, "help") == 0)
		main_usage();
	else if (strcmp(name, "version") == 0)
		printf("ringhub %s (%s)\n", RINGHUB_VERSION, rte_version());
	else if (strcmp(name, "netdev") == 0 && value != NULL)
		return main_answer_netdev(value);
	else if ((strcmp(name, "nic") == 0 || strcmp(name, "net") == 0) && value != NULL)
		return main_answer_nic(value);
	else if (strcmp(name, "object") == 0 && value != NULL && strcmp(value, "help") == 0)
		rh_objects_print_types(stdout);
	else if (strcmp(name, "device") == 0 && value != NULL)
		return rh_print_device_help(value, stdout);
	else
		return false;
	return true;
}

/* Read our half of the command line. @return 0; 1: answered, exit 0; -EINVAL: message printed. */
static int
main_parse(int argc, char **argv, struct conf *conf)
{
	char why[OPT_LEN];
	int i, ret;

	for (i = 0; i < argc; i += 2) {
		const char *name = argv[i] + (argv[i][0] == '-') + (strncmp(argv[i], "--", 2) == 0);
		const char *value = i + 1 < argc ? argv[i + 1] : NULL;

		if (argv[i][0] != '-') {
			fprintf(stderr, "ringhub: '%s': options begin with '-' (ringhub -h)\n",
				argv[i]);
			return -EINVAL;
		}
		if (main_answer(name, value))
			return 1;
		why[0] = '\0';
		ret = value == NULL ? conf_add(conf, name, "", why)
				    : conf_add(conf, name, value, why);
		if (ret == -ENOENT) {
			fprintf(stderr,
				"ringhub: %s: unknown option; known are -netdev -device -net "
				"-nic -hub -engine -chardev -object -readconfig -monitor -qmp -h "
				"-version\n",
				argv[i]);
			return -EINVAL;
		}
		if (value == NULL) {
			fprintf(stderr, "ringhub: %s: needs a value (ringhub -h)\n", argv[i]);
			return -EINVAL;
		}
		if (ret < 0) {
			fprintf(stderr, "ringhub: %s %s: %s\n", argv[i], value, why);
			return -EINVAL;
		}
	}
	if (conf_check(conf, why) < 0) {
		fprintf(stderr, "ringhub: %s\n", why);
		return -EINVAL;
	}
	return 0;
}

/* The EAL part ends at "--". @return the index of our first option. */
static int
main_split(int argc, char **argv, int *eal_argc)
{
	int i;

	*eal_argc = 0;
	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--") == 0) {
			*eal_argc = i - 1;
			return i + 1;
		}
	}
	return 1;
}

static int
main_add(struct ringhub *rh, const struct conf_item *item, char *why)
{
	if (item->kind == CONF_CHARDEV)
		return rh_chardev_add(rh, &item->opt, why);
	if (item->kind == CONF_OBJECT)
		return rh_object_add(rh, &item->opt, why);
	return rh_add(rh, item, why);
}

/* Make everything; all or nothing. */
static int
main_create(struct ringhub *rh, const struct conf *conf)
{
	static const enum conf_kind order[] = { CONF_CHARDEV, CONF_NETDEV, CONF_DEVICE,
		CONF_OBJECT };
	char why[OPT_LEN];
	unsigned int i, k;

	for (i = 0; i < conf->n_hubs; i++) {
		int ret = rh_set_hub(rh, conf->hub[i].id, &conf->hub[i].conf);

		if (ret < 0) {
			fprintf(stderr, "ringhub: -hub id=%d: %s\n", conf->hub[i].id,
				strerror(-ret));
			return ret;
		}
	}
	for (k = 0; k < RTE_DIM(order); k++) {
		for (i = 0; i < conf->n; i++) {
			const struct conf_item *item = &conf->item[i];
			int ret;

			if (item->kind != order[k])
				continue;
			snprintf(why, sizeof(why), "out of memory");
			ret = main_add(rh, item, why);
			if (ret < 0) {
				fprintf(stderr, "ringhub: %s: %s\n", item->text, why);
				return ret;
			}
		}
	}
	return 0;
}

static void
main_greet(struct ringhub *rh)
{
	char text[1024];
	struct rh_port *p;
	bool reconnect = false;

	rh_warn(rh);
	TAILQ_FOREACH(p, &rh->ports, next) {
		rh_qemu_options(rh, p, text, sizeof(text));
		if (text[0] == '\0')
			continue;
		printf("%s: QEMU options: %s\n", p->id, text);
		reconnect |= strstr(text, "reconnect=") != NULL;
	}
	if (reconnect)
		printf("(QEMU 10 and newer: reconnect-ms=1000 instead of reconnect=1)\n");
	fflush(stdout);
}

/*
 * SIGTERM and SIGINT come by descriptor; a peer that goes away, or its memory, is no reason to die.
 */
static int
main_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0)
		return -1;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a dump that has grown too long ends; we do not */
	if (gmem_fault_install() < 0)
		return -1;
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

/* A second signal while we clean up ends us at once. */
static void
main_unblock_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static void
main_run_dir(void)
{
	const char *xdg = getenv("XDG_RUNTIME_DIR");
	char path[256];

	if (geteuid() == 0)
		snprintf(path, sizeof(path), "/run/ringhub");
	else if (xdg != NULL)
		snprintf(path, sizeof(path), "%s/ringhub", xdg);
	else
		return;
	if (mkdir(path, 0750) < 0 && errno != EEXIST)
		fprintf(stderr, "ringhub: warning: %s: %s\n", path, strerror(errno));
}

/* Telemetry may still look at it. */
static void
main_end_engine(struct ringhub *rh)
{
	struct engine *engine = rh->engine;

	pthread_mutex_lock(&rh->lock);
	rh->engine = NULL;
	pthread_mutex_unlock(&rh->lock);
	engine_destroy(engine);
}

static int
main_run(struct ringhub *rh, const struct conf *conf, int signals)
{
	struct console *console;
	int ret;

	rh->engine = engine_create(&conf->engine);
	if (rh->engine == NULL) {
		fprintf(stderr, "ringhub: no lcore is left for polling: give EAL at least two, "
				"e.g. --lcores 0@0,1@1 (they may share a CPU)\n");
		return 1;
	}
	ret = main_create(rh, conf);
	if (ret == 0)
		ret = qmp_open(rh, conf->qmp);
	console = ret == 0 ? console_open(rh, conf->monitor) : NULL;
	if (console != NULL) {
		rh_telemetry_init(rh);
		rh_objects_telemetry_init(rh);
		main_greet(rh);
		rh->auto_ids.next_auto = conf->next_auto;
		console_run(console, signals);
	}
	qmp_close(rh);
	announce_stop(rh);
	if (console != NULL)
		console_close(console);
	main_unblock_signals();
	rh_del_all(rh);
	rh_objects_fini(rh);
	main_end_engine(rh);
	return ret < 0 || console == NULL ? 1 : 0;
}

int
main(int argc, char **argv)
{
	struct ringhub rh = { .lock = PTHREAD_MUTEX_INITIALIZER };
	struct conf conf = { .monitor = "none", .engine = { .poll = true } };
	int eal_argc, at = main_split(argc, argv, &eal_argc), signals, ret;

	ret = main_parse(argc - at, argv + at, &conf);
	if (ret != 0 || (conf.n == 0 && strcmp(conf.monitor, "none") == 0 && conf.qmp[0] == '\0')) {
		if (ret == 0)
			fprintf(stderr,
				"ringhub: nothing to do: give a -netdev, -device, -net, -nic "
				"-monitor or -qmp (ringhub -h)\n");
		conf_free(&conf);
		return ret != 1;
	}
	umask(0007);
	TAILQ_INIT(&rh.ports);
	TAILQ_INIT(&rh.hubs);
	TAILQ_INIT(&rh.announces);
	TAILQ_INIT(&rh.objects);
	TAILQ_INIT(&rh.chardevs);
	main_run_dir();
	signals = main_signals();
	if (signals < 0 || eal_start(eal_argc, argv + 1) < 0) {
		conf_free(&conf);
		return 1;
	}
	ret = main_run(&rh, &conf, signals);
	rte_eal_cleanup();
	conf_free(&conf);
	return ret;
}
