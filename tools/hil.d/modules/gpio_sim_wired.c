// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's simulated GPIO chip, with a wire between two of its lines.
 *
 * On glasses a photodiode or a current sense follows the recording light. Here the input wire_to follows the output wire_from at
 * once, unless wire_intact is 0. The chip's own source is included as it is; its operations are replaced as it is registered.
 */
#include <linux/gpio/driver.h>
#include <linux/module.h>

static int wired_register(struct device *dev, struct gpio_chip *gc, void *data);
#undef devm_gpiochip_add_data
#define devm_gpiochip_add_data(dev, gc, data) wired_register(dev, gc, data)

#undef pr_fmt
#include "gpio-sim.c"

static int wire_from = -1;
module_param(wire_from, int, 0644);
MODULE_PARM_DESC(wire_from, "line whose level the wire carries; -1: no wire");
static int wire_to = -1;
module_param(wire_to, int, 0644);
MODULE_PARM_DESC(wire_to, "line that gets the level");
static bool wire_intact = true;
module_param(wire_intact, bool, 0644);
MODULE_PARM_DESC(wire_intact, "0: the wire is cut and carries nothing");

static void wire_carry(struct gpio_chip *gc)
{
	int from = READ_ONCE(wire_from), to = READ_ONCE(wire_to);

	if (!READ_ONCE(wire_intact) || from < 0 || to < 0 || from >= gc->ngpio || to >= gc->ngpio)
		return;
	gpio_sim_apply_pull(gpiochip_get_data(gc), to, gpio_sim_get(gc, from));
}

static void wired_set(struct gpio_chip *gc, unsigned int offset, int value)
{
	gpio_sim_set(gc, offset, value);
	wire_carry(gc);
}

static void wired_set_multiple(struct gpio_chip *gc, unsigned long *mask, unsigned long *bits)
{
	gpio_sim_set_multiple(gc, mask, bits);
	wire_carry(gc);
}

static int wired_direction_output(struct gpio_chip *gc, unsigned int offset, int value)
{
	int ret = gpio_sim_direction_output(gc, offset, value);

	wire_carry(gc);
	return ret;
}

static void wired_free(struct gpio_chip *gc, unsigned int offset)
{
	gpio_sim_free(gc, offset);
	wire_carry(gc);
}

static int wired_register(struct device *dev, struct gpio_chip *gc, void *data)
{
	gc->set = wired_set;
	gc->set_multiple = wired_set_multiple;
	gc->direction_output = wired_direction_output;
	gc->free = wired_free;
	return devm_gpiochip_add_data_with_key(dev, gc, data, NULL, NULL);
}
