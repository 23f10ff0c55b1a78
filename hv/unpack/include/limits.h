/* SPDX-License-Identifier: MIT */
/* What the fetched decompressors ask of it; gcc's own wants a C library behind it. */
#ifndef UNPACK_INCLUDE_LIMITS_H
#define UNPACK_INCLUDE_LIMITS_H

#define CHAR_BIT  __CHAR_BIT__
#define INT_MAX	  __INT_MAX__
#define UINT_MAX  (__INT_MAX__ * 2U + 1)
#define ULONG_MAX (__LONG_MAX__ * 2UL + 1)

#endif
