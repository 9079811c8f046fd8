/* SPDX-License-Identifier: BSD-3-Clause */
/* Listening at a unix socket's path. */
#ifndef RINGHUB_LISTEN_H
#define RINGHUB_LISTEN_H

/**
 * Listen at path, in place of a socket whose process is gone.
 * @param option  for the message: "-monitor". @return the descriptor; -1 with a message printed. Thread: M.
 */
int listen_unix(const char *option, const char *path);

#endif
