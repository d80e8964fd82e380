// SPDX-License-Identifier: GPL-2.0+
/*
 * The kernel's simulated interrupts as a module of their own. arm64 does not export irq_to_desc() to modules; what a descriptor is
 * found by is exported.
 */
#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/module.h>

#define irq_to_desc(number) irq_data_to_desc(irq_get_irq_data(number))

#include "irq_sim.c"

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Simulated interrupts");
