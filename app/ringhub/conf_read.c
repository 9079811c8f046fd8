/* SPDX-License-Identifier: BSD-3-Clause */
/* -readconfig: [netdev "id"], [device "id"], [net], [nic], [hub "N"], [engine],
 * [chardev "id"], [object "id"], [ringhub] sections of key = "value". */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_string_fns.h>

#include "conf.h"

/* A file being read. */
struct conf_file {
	struct conf *conf;
	char option[16];	/* of the section: "netdev"; "" before the first */
	char text[8 * OPT_LEN]; /* its keys as an option argument */
	char word[64];		/* its type=, driver=, backend= or qom-type= */
};

/* Sections, and the key of each that stands for the first word of the option's argument. */
static const struct {
	const char *section, *word;
} conf_sections[] = {
	{ "netdev", "type" },
	{ "device", "driver" },
	{ "net", "type" },
	{ "nic", "type" },
	{ "hub", "" },
	{ "engine", "" },
	{ "chardev", "backend" },
	{ "object", "qom-type" },
	{ "ringhub", "" },
};

/* The word's key of a section; NULL: no such section. */
static const char *
conf_file_word(const char *section)
{
	size_t i;

	for (i = 0; i < RTE_DIM(conf_sections); i++)
		if (strcmp(conf_sections[i].section, section) == 0)
			return conf_sections[i].word;
	return NULL;
}

static char *
conf_trim(char *s)
{
	size_t n;

	while (isspace((unsigned char)*s))
		s++;
	n = strlen(s);
	while (n > 0 && isspace((unsigned char)s[n - 1]))
		s[--n] = '\0';
	return s;
}

/* Append ",key=value" with commas doubled. */
static int
conf_file_append(struct conf_file *f, const char *key, const char *value, char *why)
{
	size_t n = strlen(f->text);

	n += (size_t)snprintf(f->text + n, sizeof(f->text) - n, ",%s=", key);
	for (; *value != '\0' && n + 3 < sizeof(f->text); value++) {
		if (*value == ',')
			f->text[n++] = ',';
		f->text[n++] = *value;
	}
	if (*value != '\0' || n >= sizeof(f->text)) {
		snprintf(why, OPT_LEN, "the keys of this section are longer than %zu bytes",
			sizeof(f->text) - 1);
		return -EINVAL;
	}
	f->text[n] = '\0';
	return 0;
}

/* A section is complete: make it an option. */
static int
conf_file_flush(struct conf_file *f, char *why)
{
	char arg[9 * OPT_LEN];
	int ret = 0;

	if (f->option[0] != '\0' && strcmp(f->option, "ringhub") != 0) {
		snprintf(arg, sizeof(arg), "%s%s", f->word, f->text);
		ret = conf_add(f->conf, f->option, arg, why);
	}
	f->option[0] = f->text[0] = f->word[0] = '\0';
	return ret;
}

/* What stands between double quotes, which must be the whole of text. @return NULL with the reason. */
static char *
conf_unquote(char *text, char *why)
{
	size_t n = strlen(text);

	if (text[0] != '"')
		return text;
	if (n < 2 || text[n - 1] != '"' || strchr(text + 1, '"') != text + n - 1) {
		snprintf(why, OPT_LEN, "%s: a value stands between two double quotes", text);
		return NULL;
	}
	text[n - 1] = '\0';
	return text + 1;
}

static int
conf_file_section(struct conf_file *f, char *line, char *why)
{
	size_t n = strlen(line);
	char *quote, *id = NULL, *name;
	int ret = conf_file_flush(f, why);

	if (ret < 0)
		return ret;
	if (line[n - 1] != ']') {
		snprintf(why, OPT_LEN, "'%s' is not [SECTION \"ID\"]", line);
		return -EINVAL;
	}
	line[n - 1] = '\0';
	quote = strchr(line, '"');
	if (quote != NULL) {
		id = conf_unquote(conf_trim(quote), why);
		if (id == NULL)
			return -EINVAL;
		*quote = '\0';
	}
	name = conf_trim(line + 1);
	if (conf_file_word(name) == NULL) {
		snprintf(why, OPT_LEN,
			"unknown section [%s]: known are netdev, device, net, nic, hub, engine, "
			"chardev, object, ringhub",
			name);
		return -EINVAL;
	}
	rte_strscpy(f->option, name, sizeof(f->option));
	return id != NULL ? conf_file_append(f, "id", id, why) : 0;
}

static int
conf_file_key(struct conf_file *f, char *line, char *why)
{
	char *eq = strchr(line, '='), *key, *value;

	if (eq == NULL || f->option[0] == '\0') {
		snprintf(why, OPT_LEN,
			eq == NULL ? "'%s' is not key = \"value\""
				   : "'%s' stands before the first [section]",
			line);
		return -EINVAL;
	}
	*eq = '\0';
	key = conf_trim(line);
	value = conf_unquote(conf_trim(eq + 1), why);
	if (value == NULL)
		return -EINVAL;
	if (strcmp(f->option, "ringhub") == 0)
		return conf_add(f->conf, key, value, why);
	if (strcmp(key, conf_file_word(f->option)) != 0)
		return conf_file_append(f, key, value, why);
	if (rte_strscpy(f->word, value, sizeof(f->word)) >= 0)
		return 0;
	snprintf(why, OPT_LEN, "%s = \"%.80s...\" is too long", key, value);
	return -EINVAL;
}

/* A line without its end is longer than the buffer: what follows must not be read as another. */
static int
conf_file_line(struct conf_file *f, char *line, bool whole, char *why)
{
	char *s = conf_trim(line);

	if (!whole) {
		snprintf(why, OPT_LEN, "a line is longer than %d bytes", 2 * OPT_LEN - 2);
		return -EINVAL;
	}
	if (*s == '[')
		return conf_file_section(f, s, why);
	return *s != '\0' && *s != '#' && *s != ';' ? conf_file_key(f, s, why) : 0;
}

int
conf_read(struct conf *c, const char *path, char *why)
{
	struct conf_file f = { .conf = c };
	char line[2 * OPT_LEN], text[OPT_LEN];
	unsigned int at = 0;
	FILE *file = fopen(path, "re");
	int ret = 0;

	if (file == NULL) {
		snprintf(why, OPT_LEN, "%s", strerror(errno));
		return -EINVAL;
	}
	while (ret == 0 && fgets(line, sizeof(line), file) != NULL) {
		at++;
		ret = conf_file_line(&f, line, strchr(line, '\n') != NULL || feof(file), text);
	}
	if (ret == 0)
		ret = conf_file_flush(&f, text);
	fclose(file);
	if (ret < 0)
		snprintf(why, OPT_LEN, "line %u: %.*s", at, OPT_LEN - 20,
			ret == -ENOENT ? "unknown key in [ringhub]: known are monitor, qmp" : text);
	return ret < 0 ? -EINVAL : 0;
}
