/* SPDX-License-Identifier: BSD-3-Clause */
/* Options: what is understood, and what is said about the rest. */
#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_common.h>

#include "backend.h"
#include "conf.h"

struct line {
	const char *name, *value, *why; /* why NULL: good */
};

static void
run_lines(const struct line *lines, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		struct conf c = { 0 };
		char why[OPT_LEN] = "";
		int ret = conf_add(&c, lines[i].name, lines[i].value, why);

		if (ret == 0)
			ret = conf_check(&c, why);
		CU_ASSERT_EQUAL(ret == 0, lines[i].why == NULL);
		if (lines[i].why != NULL)
			CU_ASSERT_PTR_NOT_NULL(strstr(why, lines[i].why));
		if ((ret == 0) != (lines[i].why == NULL) ||
			(lines[i].why != NULL && strstr(why, lines[i].why) == NULL))
			printf("  -%s %s: %s\n", lines[i].name, lines[i].value, why);
		conf_free(&c);
	}
}

static void
test_lines(void)
{
	/* clang-format off */
	static const struct line lines[] = {
		{ "netdev", "user,id=n0,hostfwd=tcp::5555-:22,hostfwd=udp::1-:1", NULL },
		{ "netdev", "type=user,id=n0", NULL },
		{ "netdev", "hubport,id=h,hubid=3", NULL },
		{ "netdev", "user", "Parameter 'id' is missing" },
		{ "netdev", "id=n0", "Parameter 'type' is missing" },
		{ "netdev", "user,id=0n", "an id is a letter" },
		{ "netdev", "user,id=n0,restrict", "'restrict' has no value" },
		{ "netdev", "user,id=n0,=x", "is not key=value" },
		{ "netdev", "vde,id=v,sock=/run/a,,b,port=3,mode=0660", NULL },
		{ "netdev", "bogus,id=t", "Invalid parameter 'bogus'" },
		{ "netdev", "hubport,id=h", "Parameter 'hubid' is missing" },
		{ "netdev", "hubport,id=h,hubid=x", "must be a number" },
		{ "netdev", "hubport,id=h,hubid=1,bogus=1", "unknown key 'bogus'" },
		{ "device", "virtio-net-pci,id=d,vhost-user=/a", NULL },
		{ "device", "virtio-net,vhost-user=/a,mac=52:54:00:00:00:01", NULL },
		{ "device", "virtio-net-pci,id=d", "needs vhost-user=PATH" },
		{ "device", "virtio-net-pci,id=d,vfio-user=/a,vhost-user=/b", "give one of them" },
		{ "device", "e1000,id=d,vhost-user=/a", "only virtio-net is reached so" },
		{ "device", "e1000,id=d", "needs vfio-user=PATH" },
		{ "device", "ne2k,id=d,vhost-user=/a", "is not a valid device model name" },
		{ "device", "virtio-net-pci,vhost-user=/a,mac=zz", "invalid syntax for ethernet address" },
		{ "device", "virtio-net-pci,vhost-user=/a,mac=01:00:00:00:00:00", "NIC cannot have multicast MAC address" },
		{ "device", "virtio-net-pci,vhost-user=/a,netdev=n9", "netdev 'n9' not found" },
		{ "device", "virtio-net-pci,vhost-user=/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "longer than 107 bytes" },
		{ "net", "user", NULL },
		{ "net", "nic,vlan=2,vhost-user=/a", NULL },
		{ "net", "nic,vlan=-2,vhost-user=/a", "vlan=-2: must be a number" },
		{ "net", "hubport,hubid=1", "only supported with -netdev/-nic" },
		{ "nic", "user,model=virtio-net-pci,vhost-user=/a,mac=52:54:00:00:00:02", NULL },
		{ "nic", "user,vhost-user=/a,rx-usecs=50,tx-usecs=90,tx-frames=8,rx-frames=4", NULL },
		{ "nic", "user,model=e1000,vhost-user=/a", "use vfio-user=/a" },
		{ "monitor", "stdio", NULL },
		{ "monitor", "unix:/a,server=on,wait=off", NULL },
		{ "monitor", "unix:/a,server=off", "'server=off': behind unix:PATH only" },
		{ "monitor", "unix:", "1 to 107 bytes" },
		{ "qmp", "unix:/a,server,nowait", NULL },
		{ "qmp", "stdio", "must be unix:PATH or none" },
		{ "nic", "user,id=9,model=e1000,vfio-user=/a", "id=9: an id is a letter" },
		{ "nic", "hubport,hubid=0,model=e1000,vfio-user=/a", NULL },
		{ "nic", "none", NULL },
		{ "nic", "user,model=e1000,vfio-user=/a,mac=01:00:00:00:00:00", "multicast" },
		{ "net", "nic,netdev=n9,vhost-user=/a", "netdev 'n9' not found" },
		{ "net", "nic,model=ne2k,vhost-user=/a", "is not a valid device model name" },
		{ "netdev", "{\"type\":\"user\",\"id\":\"n0\"}", NULL },
		{ "netdev", "{\"type\":\"user\"}", "Parameter 'id' is missing" },
		{ "device", "{\"driver\":\"e1000\",\"vfio-user\":\"/a\",\"mac\":1}", "invalid syntax for ethernet" },
		{ "monitor", "telnet::4", "must be stdio, unix:PATH or none" },
		{ "readconfig", "/nonexistent", "No such file" },
	};
	/* clang-format on */

	run_lines(lines, RTE_DIM(lines));
}

static void
test_hub_lines(void)
{
	/* clang-format off */
	static const struct line lines[] = {
		{ "netdev", "hubport,id=h,hubid=1,policy=block,trunk=10-20;30,native=5", NULL },
		{ "netdev", "hubport,id=h,hubid=1,access=0", "access=0: must be a VLAN from 1 to 4094" },
		{ "netdev", "hubport,id=h,hubid=1,access=1,native=2", "leave out trunk= and native=" },
		{ "netdev", "hubport,id=h,hubid=1,policy=x", "policy=x: must be drop or block" },
		{ "hub", "id=0,mode=switch,ageing=60,max-macs=5,storm=10,loop=block", NULL },
		{ "hub", "id=0", NULL },
		{ "hub", "mode=switch", "Parameter 'id' is missing" },
		{ "hub", "id=-1", "id=-1: must be a number" },
		{ "hub", "0,mode=hub", "'0' has no value" },
		{ "hub", "id=0,mode=router", "mode=router: must be hub or switch" },
		{ "hub", "id=0,vlan=1", "unknown key 'vlan'; known are mode ageing max-macs storm loop" },
	};
	/* clang-format on */

	run_lines(lines, RTE_DIM(lines));
}

static void
test_grammar(void)
{
	struct opt o;
	char why[OPT_LEN];

	CU_ASSERT_EQUAL(opt_parse("user,tftp=/a,,b,dns=1", &o, why), 0);
	CU_ASSERT_STRING_EQUAL(o.word, "user");
	CU_ASSERT_STRING_EQUAL(opt_get(&o, "tftp"), "/a,b");
	CU_ASSERT_STRING_EQUAL(opt_get(&o, "dns"), "1");
	CU_ASSERT_PTR_NULL(opt_get(&o, "nix"));
	CU_ASSERT_TRUE(opt_take(&o, "tftp", NULL, 0));
	CU_ASSERT_EQUAL(o.n, 1);
	CU_ASSERT_TRUE(opt_id_ok("a-b.c_9"));
	CU_ASSERT_FALSE(opt_id_ok("") || opt_id_ok("9a") || opt_id_ok("a/b"));
}

static void
test_both(void)
{
	struct conf c = { 0 };
	char why[OPT_LEN];

	CU_ASSERT_EQUAL(conf_add(&c, "netdev", "user,id=n0", why), 0);
	CU_ASSERT_EQUAL(conf_add(&c, "netdev", "user,id=n0", why), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "Duplicate ID 'n0'"));
	CU_ASSERT_EQUAL(conf_add(&c, "device", "virtio-net,id=a,netdev=n0,vhost-user=/a", why), 0);
	CU_ASSERT_EQUAL(conf_check(&c, why), 0);
	CU_ASSERT_EQUAL(conf_add(&c, "device", "virtio-net,id=b,netdev=n0,vhost-user=/b", why), 0);
	CU_ASSERT_EQUAL(conf_check(&c, why), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "in use by 'a'"));
	CU_ASSERT_EQUAL(conf_add(&c, "bogus", "", why), -ENOENT);
	conf_free(&c);
}

/* Write a configuration file and read it. */
static int
read_text(struct conf *c, const char *text, char *why)
{
	char path[] = "/tmp/ringhub-conf-XXXXXX";
	int fd = mkstemp(path), ret;

	CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	ret = conf_read(c, path, why);
	unlink(path);
	return ret;
}

/* A tap that is left to the kernel's vhost becomes a net_virtio_user, or says what it cannot be. */
static void
test_vhost(void)
{
	static const struct {
		const char *text, *why; /* why NULL: good */
	} taps[] = {
		{ "tap,ifname=t0,vhost=on", NULL },
		{ "tap,ifname=t0,vhostforce=on,queues=4,script=no,downscript=no", NULL },
		{ "tap,ifname=t0,vhost=on,script=/etc/qemu-ifup", "must be script=no" },
		{ "tap,ifname=t0,vhost=on,vhostfd=3", "vhostfd= cannot be combined" },
		{ "tap,fd=3,vhost=on", "fd= cannot be combined" },
		{ "tap,ifname=tap%d,vhost=on", "needs ifname=NAME" },
		{ "tap,vhost=on", "needs ifname=NAME" },
	};
	char why[OPT_LEN];
	struct opt in, out;
	size_t i;

	for (i = 0; i < RTE_DIM(taps); i++) {
		int ret;

		CU_ASSERT_EQUAL(opt_parse(taps[i].text, &in, why), 0);
		CU_ASSERT_TRUE(backend_wants_vhost(&in));
		ret = backend_vhost_keys(&in, &out, why);
		CU_ASSERT_EQUAL(ret, taps[i].why == NULL ? 0 : -EINVAL);
		if (taps[i].why != NULL)
			CU_ASSERT_PTR_NOT_NULL(strstr(why, taps[i].why));
		if (ret < 0)
			continue;
		CU_ASSERT_STRING_EQUAL(opt_get(&out, "path"), "/dev/vhost-net");
		CU_ASSERT_STRING_EQUAL(opt_get(&out, "iface"), "t0");
		CU_ASSERT_STRING_EQUAL(opt_get(&out, "queues"), i == 0 ? "1" : "4");
	}
	CU_ASSERT_EQUAL(opt_parse("tap,ifname=t0,vhost=off", &in, why), 0);
	CU_ASSERT_FALSE(backend_wants_vhost(&in));
}

/* The other sections, and quotes. */
static void
test_file_more(struct conf *c, char *why)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{ "[netdev \"n0\"]\ntype = \"user\n", "line 2: \"user: a value stands between" },
		{ "[netdev \"n0\"]\ntype = \"us\"er\"\n", "a value stands between" },
		{ "[netdev \"n0]\n", "a value stands between" },
		{ "[netdev \"n0\"\n", "is not [SECTION" },
		{ "[net]\ntype = user\nid = \"9\"\n", "id=9: an id is a letter" },
		{ "[ringhub]\nbogus = \"1\"\n", "known are monitor, qmp" },
		{ "[ringhub]\nqmp = \"tcp:1\"\n", "must be unix:PATH or none" },
	};
	char longer[2 * OPT_LEN + 64];
	size_t i;

	conf_free(c);
	CU_ASSERT_EQUAL(read_text(c,
				"[net]\ntype = \"user\"\nvlan = \"3\"\n[nic]\ntype = user\n"
				"model = \"e1000\"\nvfio-user = \"/a=b c\"\n[ringhub]\nqmp = "
				"\"unix:/q\"",
				why),
		0);
	CU_ASSERT_EQUAL(c->n, 3);
	CU_ASSERT_EQUAL(c->item[0].hub, 3);
	CU_ASSERT_STRING_EQUAL(c->item[2].opt.word, "e1000");
	CU_ASSERT_STRING_EQUAL(opt_get(&c->item[2].opt, "vfio-user"), "/a=b c");
	CU_ASSERT_STRING_EQUAL(c->qmp, "unix:/q");
	for (i = 0; i < RTE_DIM(bad); i++) {
		conf_free(c);
		CU_ASSERT_EQUAL(read_text(c, bad[i].text, why), -EINVAL);
		CU_ASSERT_PTR_NOT_NULL(strstr(why, bad[i].why));
	}
	conf_free(c);
	snprintf(longer, sizeof(longer), "[netdev \"n0\"]\ntype = \"%01040d\"\n", 0);
	CU_ASSERT_EQUAL(read_text(c, longer, why), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "line 2: a line is longer"));
	conf_free(c);
}

static void
test_file(void)
{
	struct conf c = { 0 };
	char why[OPT_LEN];

	CU_ASSERT_EQUAL(read_text(&c,
				"# c\n[netdev \"n0\"]\n  type = \"user\"\n  hostfwd = "
				"\"tcp::1-:2\"\n"
				"[device \"d0\"]\n  driver = \"virtio-net-pci\"\n  netdev = "
				"\"n0\"\n  vhost-user = \"/a,b\"\n"
				"[hub \"3\"]\n mode = \"switch\"\n"
				"[ringhub]\n  monitor = \"unix:/m\"\n",
				why),
		0);
	CU_ASSERT_EQUAL(c.n, 2);
	CU_ASSERT_STRING_EQUAL(c.item[1].peer, "n0");
	CU_ASSERT_STRING_EQUAL(opt_get(&c.item[1].opt, "vhost-user"), "/a,b");
	CU_ASSERT_STRING_EQUAL(c.monitor, "unix:/m");
	CU_ASSERT_EQUAL(c.n_hubs, 1);
	CU_ASSERT_EQUAL(c.hub[0].id, 3);
	CU_ASSERT_EQUAL(c.hub[0].conf.mode, HUB_MODE_SWITCH);
	CU_ASSERT_EQUAL(conf_add(&c, "hub", "id=3", why), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "two -hub for one hub"));
	conf_free(&c);
	CU_ASSERT_EQUAL(read_text(&c, "[netdev \"n0\"]\ntype = \"bogus\"\n[ringhub]\n", why),
		-EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "line 3: Invalid parameter 'bogus'"));
	test_file_more(&c, why);
	CU_ASSERT_EQUAL(read_text(&c, "type = \"user\"\n", why), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "line 1: "));
	CU_ASSERT_EQUAL(read_text(&c, "[bogus \"x\"]\n", why), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "unknown section [bogus]"));
	conf_free(&c);
}

/* How lcores behave without frames. */
static void
test_engine(void)
{
	static const struct {
		const char *value, *why;
	} bad[] = {
		{ "idle=never", "idle=never: must be poll or adaptive" },
		{ "idle=", "idle=: must be poll or adaptive" },
		{ "sleep=1", "unknown key 'sleep'; known is idle" },
		{ "poll", "'poll' has no value: write idle=poll or idle=adaptive" },
	};
	struct conf c = { 0 };
	char why[OPT_LEN];
	size_t i;

	CU_ASSERT_FALSE(c.engine.poll);
	CU_ASSERT_EQUAL(conf_add(&c, "engine", "idle=poll", why), 0);
	CU_ASSERT_TRUE(c.engine.poll);
	CU_ASSERT_EQUAL(conf_add(&c, "engine", "idle=adaptive", why), 0);
	CU_ASSERT_FALSE(c.engine.poll);
	for (i = 0; i < RTE_DIM(bad); i++) {
		CU_ASSERT_EQUAL(conf_add(&c, "engine", bad[i].value, why), -EINVAL);
		CU_ASSERT_STRING_EQUAL(why, bad[i].why);
	}
	CU_ASSERT_EQUAL(read_text(&c, "[engine]\n idle = \"poll\"\n", why), 0);
	CU_ASSERT_TRUE(c.engine.poll);
	CU_ASSERT_EQUAL(read_text(&c, "[engine]\n idle = \"9\"\n[net]\n", why), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "idle=9: must be"));
	conf_free(&c);
}

/* Filters and their sockets have names of their own, and their keys are looked at later. */
static void
test_objects(void)
{
	struct conf c = { 0 };
	char why[OPT_LEN];

	CU_ASSERT_EQUAL(read_text(&c,
				"[object \"n0\"]\n qom-type = \"filter-dump\"\n netdev = \"n0\"\n"
				"[chardev \"n0\"]\n backend = \"socket\"\n path = \"/a,b\"\n"
				"[netdev \"n0\"]\n type = \"user\"\n",
				why),
		0);
	CU_ASSERT_EQUAL(c.n, 3);
	CU_ASSERT_EQUAL(c.item[0].kind, CONF_OBJECT);
	CU_ASSERT_STRING_EQUAL(c.item[0].opt.word, "filter-dump");
	CU_ASSERT_STRING_EQUAL(opt_get(&c.item[0].opt, "id"), "n0");
	CU_ASSERT_EQUAL(c.item[1].kind, CONF_CHARDEV);
	CU_ASSERT_STRING_EQUAL(opt_get(&c.item[1].opt, "path"), "/a,b");
	CU_ASSERT_EQUAL(conf_add(&c, "object", "filter-dump,id=f0,netdev=n0,file=x", why), 0);
	CU_ASSERT_STRING_EQUAL(c.item[3].text, "-object filter-dump,id=f0,netdev=n0,file=x");
	CU_ASSERT_EQUAL(conf_check(&c, why), 0);
	conf_free(&c);
}

int
main(void)
{
	unsigned int failed;
	CU_pSuite s;

	if (CU_initialize_registry() != CUE_SUCCESS)
		return 1;
	s = CU_add_suite("options", NULL, NULL);
	CU_add_test(s, "grammar", test_grammar);
	CU_add_test(s, "a tap with vhost", test_vhost);
	CU_add_test(s, "one option at a time", test_lines);
	CU_add_test(s, "hubs and their ports", test_hub_lines);
	CU_add_test(s, "options together", test_both);
	CU_add_test(s, "configuration file", test_file);
	CU_add_test(s, "engine", test_engine);
	CU_add_test(s, "objects and chardevs", test_objects);
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed != 0;
}
