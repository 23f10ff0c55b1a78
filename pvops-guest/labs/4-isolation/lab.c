// SPDX-License-Identifier: MIT
/*
 * Lab 4, starting point: peaceful.
 */
#include "pvops-guest/labs/4-isolation/lab.h"

void attack_neighbour(void)
{
}

void attack_own_tables(void)
{
}

void attack_with_root(void)
{
}

void attack_processor(void)
{
}
