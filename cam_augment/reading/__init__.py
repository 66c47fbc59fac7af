"""Files that strangers made, read with suspicion: pictures, masks, regions, tables, archives.

What a file announces is checked before it is believed, nothing in it is executed, and what
is wrong is an ``InputError`` that names the file. This room knows no data set.
"""
