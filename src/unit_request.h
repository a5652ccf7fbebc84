/* The conversation between tare and the program tare-systemd, which speaks D-Bus for it (decision 11): one request and
 * one answer on a SEQPACKET socket, each of them one message.
 *
 *   tare-systemd system|user SECONDS       the socket is file descriptor 3; SECONDS is the time limit of the request
 *
 * A message is a list of words, each ended by a NUL byte. A request has the words VERB UNIT PROPERTY...:
 *
 *   "start"   makes the transient scope UNIT with these properties, and waits until systemd has done it
 *   "set"     changes these properties of UNIT until the next boot (SetUnitProperties)
 *
 * A property is NAME SIGNATURE VALUE... with the name behind "=", or behind "?" when it may be left out where this
 * systemd does not know it; the D-Bus signature of its value; and the value as a list of words:
 *
 *   "t536870912" "sa text" "btrue"     a basic value: its type code (y b n q i u x t d s o g) and its text
 *   "a(st)" ... "."                    an array whose elements have the signature behind the "a"
 *   "(st" ... "."                      a structure of values with these signatures
 *   "{sv" ... "."                      an entry of a dictionary
 *   "vs" ... "."                       a variant with a value of this signature
 *
 * The answer is "done" and the names of the properties that were left out; or "failed", the name of the D-Bus error
 * ("" when it is none), and a text that says what failed and why. An end of file instead of an answer means that
 * tare-systemd has died. An end of file instead of a request tells tare-systemd to end. */
#pragma once

enum { UNIT_MESSAGE_MAX = 65536 };

#define UNIT_VERB_START  "start"
#define UNIT_VERB_SET    "set"
#define UNIT_DONE        "done"
#define UNIT_FAILED      "failed"
#define UNIT_MUST_KNOW   '='
#define UNIT_MAY_LEAVE   '?'
#define UNIT_END_OF_LIST "."
