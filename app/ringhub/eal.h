/* SPDX-License-Identifier: BSD-3-Clause */
/* Bringing EAL up with defaults that suit a host nobody prepared. */
#ifndef RINGHUB_EAL_H
#define RINGHUB_EAL_H

/**
 * @param argc, argv  EAL's part of the command line without the program name; 0 for defaults: no
 *        PCI, in-memory hugepages if there are some, first allowed CPU for control, others to poll
 * @return 0 or -errno, with a message printed. Thread: M.
 */
int eal_start(int argc, char **argv);

#endif
