#!/bin/sh
/usr/lib/rackhand/prepare.sh
