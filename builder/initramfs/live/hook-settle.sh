#!/bin/sh
/usr/lib/rackhand/settle.sh
