/* SPDX-License-Identifier: BSD-3-Clause */
/* JSON: objects as options, and messages out of a hostile stream. */
#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>

#include "conf.h"
#include "json_opt.h"
#include "qmp_frame.h"

/* The pairs of an option in one text: "word|key=value|...". */
static void
opt_text(const struct opt *o, char *text, size_t len)
{
	unsigned int i;
	size_t at = (size_t)snprintf(text, len, "%s", o->word);

	for (i = 0; i < o->n; i++)
		at += (size_t)snprintf(text + at, len - at, "|%s=%s", o->pair[i].key,
			o->pair[i].value);
}

static void
test_options(void)
{
	/* clang-format off */
	static const struct { const char *json, *want; } good[] = {
		{ "{\"type\":\"user\",\"id\":\"n0\"}", "user|id=n0" },
		{ " {\"id\":\"n0\" , \"type\":\"user\"} ", "user|id=n0" },
		{ "{\"type\":\"user\",\"hostfwd\":[{\"str\":\"tcp::5555-:22\"},{\"str\":\"udp::1-:1\"}]}",
			"user|hostfwd=tcp::5555-:22|hostfwd=udp::1-:1" },
		{ "{\"type\":\"user\",\"dnssearch\":[\"a\",\"b\"]}", "user|dnssearch=a|dnssearch=b" },
		{ "{\"type\":\"user\",\"restrict\":true,\"ipv6\":false}", "user|restrict=on|ipv6=off" },
		{ "{\"driver\":\"e1000\",\"n\":-5,\"big\":9223372036854775807}",
			"|driver=e1000|n=-5|big=9223372036854775807" },
		{ "{\"type\":\"stream\",\"addr\":{\"type\":\"inet\",\"host\":\"h\",\"port\":\"1\"}}",
			"stream|addr.type=inet|addr.host=h|addr.port=1" },
		{ "{\"type\":\"x\",\"a\":{\"b\":{\"c\":{\"d\":1}}}}", "x|a.b.c.d=1" },
		{ "{\"type\":\"user\",\"tftp\":\"/a,b=c\"}", "user|tftp=/a,b=c" },
		{ "{\"type\":\"user\",\"hostname\":\"\\u00e4\\n\"}", "user|hostname=\xc3\xa4\n" },
		{ "{}", "" },
		{ "{\"type\":\"user\",\"hostfwd\":[]}", "user" },
	};
	/* clang-format on */
	char text[2048], why[OPT_LEN];
	struct opt o;
	size_t i;

	for (i = 0; i < RTE_DIM(good); i++) {
		CU_ASSERT_EQUAL(json_opt_parse(good[i].json, "type", &o, why), 0);
		opt_text(&o, text, sizeof(text));
		CU_ASSERT_STRING_EQUAL(text, good[i].want);
	}
}

static void
test_bad_options(void)
{
	/* clang-format off */
	static const struct { const char *json, *why; } bad[] = {
		{ "{", "JSON parse error" },
		{ "[]", "must be an object" },
		{ "1", "must be an object" },
		{ "{\"a\":1} x", "JSON parse error" },
		{ "{\"a\":1,\"a\":2}", "duplicate" },
		{ "{\"a\":null}", "Invalid parameter type for 'a'" },
		{ "{\"a\":1.5}", "Invalid parameter type for 'a'" },
		{ "{\"a\":[[1]]}", "Invalid parameter type for 'a'" },
		{ "{\"a\":[{\"b\":1}]}", "'a': an element of this list" },
		{ "{\"a\":[{\"str\":\"x\",\"b\":1}]}", "'a': an element of this list" },
		{ "{\"type\":1}", "Invalid parameter type for 'type', expected: string" },
		{ "{\"type\":\"0123456789012345678901234567890123456789012345678901234567890123456789\"}",
			"does not accept value" },
		{ "{\"a=b\":1}", "'a=b' is unexpected" },
		{ "{\"\":1}", "'' is unexpected" },
		{ "{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":{\"g\":{\"h\":{\"i\":1}}}}}}}}}",
			"nested deeper than 8" },
		{ "{\"0123456789012345678901234567890123456789012345678901234567890123456789\":1}",
			"is unexpected" },
		{ "{\"a\":\"\\u0000\"}", "JSON parse error" },
		{ "{\"a\":\"\xff\"}", "JSON parse error" },
	};
	/* clang-format on */
	char why[OPT_LEN], text[4096];
	struct opt o;
	size_t i;

	for (i = 0; i < RTE_DIM(bad); i++) {
		CU_ASSERT_EQUAL(json_opt_parse(bad[i].json, "type", &o, why), -EINVAL);
		CU_ASSERT_PTR_NOT_NULL(strstr(why, bad[i].why));
		if (strstr(why, bad[i].why) == NULL)
			printf("  %s: %s\n", bad[i].json, why);
	}
	snprintf(text, sizeof(text), "{\"a\":\"%0600d\"}", 1);
	CU_ASSERT_EQUAL(json_opt_parse(text, "type", &o, why), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "'a' is longer than 511 bytes"));
}

/* More keys than an option holds, given one by one or as a list. */
static void
test_many_keys(void)
{
	json_t *many = json_object(), *list = json_array();
	char key[16], why[OPT_LEN];
	struct opt o;
	int i;

	for (i = 0; i <= OPT_MAX; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		json_object_set_new(many, key, json_integer(i));
		json_array_append_new(list, json_integer(i));
	}
	CU_ASSERT_EQUAL(json_opt_fill(many, "type", &o, why), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "more than 64 keys"));
	json_object_clear(many);
	json_object_set(many, "l", list);
	CU_ASSERT_EQUAL(json_opt_fill(many, "type", &o, why), -EINVAL);
	json_array_remove(list, 0);
	CU_ASSERT_EQUAL(json_opt_fill(many, "type", &o, why), 0);
	CU_ASSERT_EQUAL(o.n, OPT_MAX);
	json_decref(list);
	json_decref(many);
}

/* The JSON form and QEMU's own make the same item. */
static void
test_items(void)
{
	static const struct {
		enum conf_kind kind;
		const char *plain, *json;
	} same[] = {
		{ CONF_NETDEV, "user,id=n0,restrict=on,hostfwd=tcp::5555-:22",
			"{\"type\":\"user\",\"id\":\"n0\",\"restrict\":true,"
			"\"hostfwd\":[{\"str\":\"tcp::5555-:22\"}]}" },
		{ CONF_NETDEV, "hubport,id=h,hubid=3",
			"{\"type\":\"hubport\",\"id\":\"h\",\"hubid\":3}" },
		{ CONF_DEVICE, "e1000,id=d,netdev=n0,vfio-user=/a,,b,mac=52:54:00:00:00:01",
			"{\"driver\":\"e1000\",\"id\":\"d\",\"netdev\":\"n0\","
			"\"vfio-user\":\"/a,b\",\"mac\":\"52:54:00:00:00:01\"}" },
	};
	char why[OPT_LEN], a[2048], b[2048];
	struct conf c = { 0 };
	struct conf_item x, y;
	size_t i;

	for (i = 0; i < RTE_DIM(same); i++) {
		CU_ASSERT_EQUAL(conf_parse_item(&c, same[i].kind, same[i].plain, &x, why), 0);
		CU_ASSERT_EQUAL(conf_parse_item(&c, same[i].kind, same[i].json, &y, why), 0);
		opt_text(&x.opt, a, sizeof(a));
		opt_text(&y.opt, b, sizeof(b));
		CU_ASSERT_STRING_EQUAL(a, b);
		CU_ASSERT_STRING_EQUAL(x.id, y.id);
		CU_ASSERT_STRING_EQUAL(x.peer, y.peer);
		CU_ASSERT_EQUAL(x.hub, y.hub);
	}
	CU_ASSERT_EQUAL(conf_parse_item(&c, CONF_NETDEV, "{\"id\":\"n0\"}", &x, why), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "Parameter 'type' is missing"));
	CU_ASSERT_EQUAL(conf_parse_item(&c, CONF_NETDEV, "{\"type\":\"user\"", &x, why), -EINVAL);
}

/* Push text; "M" for each message, "B" for each error. */
static void
frame_run(struct qmp_frame *f, const char *text, size_t len, char *did)
{
	size_t i;

	for (i = 0; i < len; i++) {
		enum qmp_frame_result r = qmp_frame_push(f, text[i]);

		if (r != QMP_FRAME_MORE)
			*did++ = r == QMP_FRAME_MESSAGE ? 'M' : 'B';
	}
	*did = '\0';
}

static void
test_frames(void)
{
	/* clang-format off */
	static const struct { const char *text, *did; } rows[] = {
		{ "{}", "M" },
		{ " \r\n\t{} {} [] {\"a\":[{}]}\n", "MMMM" },
		{ "{\"a\":\"}\"}", "M" },
		{ "{\"a\":\"\\\"}\"}", "M" },
		{ "{\"a\":\"\\\\\"}", "M" },
		{ "{\"a\":\"", "" },
		{ "hello {}\n{}", "BM" },
		{ "}\n{}", "BM" },
		{ "1 2 3\n{}", "BM" },
		{ "\"x\"\n{}", "BM" },
		{ "{\"a\n\":1}\n{}", "BBM" },
		{ "{\"a\":\x01}{}\n{}", "BM" },
		{ "{]\n{}", "MM" },
		{ "{\"a\"\n:\n1}", "M" },
	};
	/* clang-format on */
	char did[64];
	size_t i;

	for (i = 0; i < RTE_DIM(rows); i++) {
		struct qmp_frame f = { 0 };

		frame_run(&f, rows[i].text, strlen(rows[i].text), did);
		CU_ASSERT_STRING_EQUAL(did, rows[i].did);
		if (strcmp(did, rows[i].did) != 0)
			printf("  %s: %s\n", rows[i].text, did);
		qmp_frame_free(&f);
	}
}

/* A NUL is a byte as any other that JSON does not know. */
static void
test_frame_nul(void)
{
	static const char text[] = "{\"a\0b\":1}\n\0\n{}";
	struct qmp_frame f = { 0 };
	char did[8];

	frame_run(&f, text, sizeof(text) - 1, did);
	CU_ASSERT_STRING_EQUAL(did, "BBM");
	qmp_frame_free(&f);
}

/* Text without its end into a buffer. */
static void
put(char *to, const char *text)
{
	while (*text != '\0')
		*to++ = *text++;
}

static void
test_frame_bounds(void)
{
	static char deep[4 * QMP_DEPTH_MAX], big[QMP_MESSAGE_MAX + 64];
	struct qmp_frame f = { 0 };
	char did[8];

	memset(deep, '[', sizeof(deep));
	put(&deep[sizeof(deep) - 3], "\n{}");
	frame_run(&f, deep, sizeof(deep), did);
	CU_ASSERT_STRING_EQUAL(did, "BM");
	memset(big, 'x', sizeof(big));
	put(big, "{\"a\":\"");
	put(&big[sizeof(big) - 3], "\n{}");
	frame_run(&f, big, QMP_MESSAGE_MAX, did);
	CU_ASSERT_STRING_EQUAL(did, "");
	frame_run(&f, &big[QMP_MESSAGE_MAX], 1, did);
	CU_ASSERT_STRING_EQUAL(did, "B");
	frame_run(&f, &big[QMP_MESSAGE_MAX + 1], sizeof(big) - QMP_MESSAGE_MAX - 1, did);
	CU_ASSERT_STRING_EQUAL(did, "M");
	/* The longest that is taken, and what it leaves behind. */
	put(&big[QMP_MESSAGE_MAX - 2], "\"}");
	frame_run(&f, big, QMP_MESSAGE_MAX, did);
	CU_ASSERT_STRING_EQUAL(did, "M");
	CU_ASSERT_EQUAL(f.len, QMP_MESSAGE_MAX);
	frame_run(&f, "{}", 2, did);
	CU_ASSERT_STRING_EQUAL(did, "M");
	CU_ASSERT_TRUE(f.size <= 4096);
	qmp_frame_free(&f);
}

/* Noise made of what matters to the lexer: never more than a message is kept, and a new line mends all. */
static void
test_frame_noise(void)
{
	static const char bytes[] = "{}[]\"\\ \n\r\tab1:,'\0\xff";
	struct qmp_frame f = { 0 };
	unsigned int seed = 1, i, messages = 0, errors = 0;
	char did[8];

	for (i = 0; i < 300000; i++) {
		enum qmp_frame_result r =
			qmp_frame_push(&f, bytes[(unsigned int)rand_r(&seed) % sizeof(bytes)]);

		messages += r == QMP_FRAME_MESSAGE;
		errors += r == QMP_FRAME_BAD;
		if (f.depth > QMP_DEPTH_MAX || f.len > QMP_MESSAGE_MAX)
			CU_FAIL("out of bounds");
	}
	CU_ASSERT_TRUE(messages > 100 && errors > 100);
	frame_run(&f, "\x01\n{}", 4, did);
	CU_ASSERT_EQUAL(did[strlen(did) - 1], 'M');
	qmp_frame_free(&f);
}

int
main(void)
{
	unsigned int failed;
	CU_pSuite s;

	if (CU_initialize_registry() != CUE_SUCCESS)
		return 1;
	s = CU_add_suite("JSON", NULL, NULL);
	CU_add_test(s, "objects to options", test_options);
	CU_add_test(s, "objects that are none", test_bad_options);
	CU_add_test(s, "too many keys", test_many_keys);
	CU_add_test(s, "the same item in both forms", test_items);
	CU_add_test(s, "messages of a stream", test_frames);
	CU_add_test(s, "NUL", test_frame_nul);
	CU_add_test(s, "depth and length", test_frame_bounds);
	CU_add_test(s, "noise", test_frame_noise);
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed != 0;
}
