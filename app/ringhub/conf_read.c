/* SPDX-License-Identifier: BSD-3-Clause */
/* -readconfig: [netdev "id"], [device "id"], [hub "N"], [ringhub] sections of key = "value". */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_string_fns.h>

#include "conf.h"

/* A file being read. */
struct conf_file {
	struct conf *conf;
	char option[16];	/* of the section: "netdev"; "" before the first */
	char text[4 * OPT_LEN]; /* its keys as an option argument */
	char word[64];		/* its type= or driver= */
};

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
conf_file_append(struct conf_file *f, const char *key, const char *value)
{
	size_t n = strlen(f->text);
	int k = snprintf(f->text + n, sizeof(f->text) - n, ",%s=", key);

	n += (size_t)k;
	for (; *value != '\0' && n + 2 < sizeof(f->text); value++) {
		if (*value == ',')
			f->text[n++] = ',';
		f->text[n++] = *value;
	}
	if (n + 2 >= sizeof(f->text))
		return -EINVAL;
	f->text[n] = '\0';
	return 0;
}

/* A section is complete: make it an option. */
static int
conf_file_flush(struct conf_file *f, char *why)
{
	char arg[5 * OPT_LEN];
	int ret = 0;

	if (f->option[0] != '\0' && strcmp(f->option, "ringhub") != 0) {
		snprintf(arg, sizeof(arg), "%s%s", f->word, f->text);
		ret = conf_add(f->conf, f->option, arg, why);
	}
	f->option[0] = f->text[0] = f->word[0] = '\0';
	return ret;
}

static int
conf_file_section(struct conf_file *f, char *line, char *why)
{
	char *end = strrchr(line, ']'), *quote;
	int ret = conf_file_flush(f, why);

	if (ret < 0)
		return ret;
	if (end == NULL) {
		snprintf(why, OPT_LEN, "'%s' is not [SECTION \"ID\"]", line);
		return -EINVAL;
	}
	*end = '\0';
	quote = strchr(line, '"');
	if (quote != NULL) {
		char *close = strchr(quote + 1, '"');

		*quote = '\0';
		if (close != NULL)
			*close = '\0';
		conf_file_append(f, "id", quote + 1);
	}
	rte_strscpy(f->option, conf_trim(line + 1), sizeof(f->option));
	if (strcmp(f->option, "netdev") == 0 || strcmp(f->option, "device") == 0 ||
		strcmp(f->option, "hub") == 0 || strcmp(f->option, "ringhub") == 0)
		return 0;
	snprintf(why, OPT_LEN, "unknown section [%s]: known are netdev, device, hub, ringhub",
		f->option);
	return -EINVAL;
}

static int
conf_file_key(struct conf_file *f, char *line, char *why)
{
	char *eq = strchr(line, '='), *key, *value;
	size_t n;

	if (eq == NULL || f->option[0] == '\0') {
		snprintf(why, OPT_LEN,
			eq == NULL ? "'%s' is not key = \"value\""
				   : "'%s' stands before the first [section]",
			line);
		return -EINVAL;
	}
	*eq = '\0';
	key = conf_trim(line);
	value = conf_trim(eq + 1);
	n = strlen(value);
	if (n >= 2 && value[0] == '"' && value[n - 1] == '"') {
		value[n - 1] = '\0';
		value++;
	}
	if (strcmp(f->option, "ringhub") == 0)
		return conf_add(f->conf, key, value, why);
	if (strcmp(key, "type") == 0 || strcmp(key, "driver") == 0) {
		rte_strscpy(f->word, value, sizeof(f->word));
		return 0;
	}
	return conf_file_append(f, key, value);
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
		char *s = conf_trim(line);

		at++;
		if (*s == '[')
			ret = conf_file_section(&f, s, text);
		else if (*s != '\0' && *s != '#' && *s != ';')
			ret = conf_file_key(&f, s, text);
	}
	if (ret == 0)
		ret = conf_file_flush(&f, text);
	fclose(file);
	if (ret < 0)
		snprintf(why, OPT_LEN, "line %u: %.*s", at, OPT_LEN - 20,
			ret == -ENOENT ? "unknown key in [ringhub]: known is monitor" : text);
	return ret < 0 ? -EINVAL : 0;
}
