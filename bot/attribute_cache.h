/* Put before each compiled file: an attribute of a value is read from its place, not searched for.

The engine's values are msgspec's structs. To the compiler they are any objects, so it asks for each field by name:
the type's attributes are searched, a descriptor is found, the descriptor reads the slot. Here every place in the code
that reads an attribute remembers the last type it met there and where that type keeps the field, as Python's own
interpreter does since 3.11. A type that was changed since has another version (0: none yet) and is searched again;
whatever is no plain slot (a property, a method, an attribute of a module) goes the usual way.

And a whole number that was made a short while ago is given out again. Python keeps one object of each number up to 256
and makes a new one for every other; prices and times are greater, and the same few come by all the time.
*/
#include <Python.h>
#include <structmember.h>

typedef struct {
    PyTypeObject *type;
    PyObject *name; /* owned, so that no other can come to stand at its address */
    unsigned int version;
    Py_ssize_t offset;
} Place;

static PyObject *search_attribute(PyObject *object, PyObject *name, Place *place) {
    PyTypeObject *type = Py_TYPE(object);
    if (type->tp_getattro == PyObject_GenericGetAttr) {
        PyObject *found = _PyType_Lookup(type, name); /* borrowed; gives the type its version, too */
        if (found != NULL && Py_TYPE(found) == &PyMemberDescr_Type && type->tp_version_tag != 0) {
            PyMemberDef *member = ((PyMemberDescrObject *)found)->d_member;
            if (member->type == T_OBJECT_EX && !(member->flags & READ_RESTRICTED)) {
                Py_INCREF(name);
                Py_XSETREF(place->name, name);
                place->type = type;
                place->version = type->tp_version_tag;
                place->offset = member->offset;
            }
        }
    }
    return PyObject_GetAttr(object, name);
}

static inline PyObject *read_attribute(PyObject *object, PyObject *name, Place *place) {
    PyTypeObject *type = Py_TYPE(object);
    if (type == place->type && name == place->name && type->tp_version_tag == place->version) {
        PyObject *value = *(PyObject **)((char *)object + place->offset);
        if (value != NULL) {
            Py_INCREF(value);
            return value;
        }
    }
    return search_attribute(object, name, place);
}

#define NUMBER_BITS 10

typedef struct {
    long value;
    PyObject *number; /* owned */
} Made;

static Made made_lately[1 << NUMBER_BITS]; /* by a multiplicative hash; a later number takes an earlier one's place */

static PyObject *make_number(long value, Made *made) {
    PyObject *number = PyLong_FromLong(value);
    if (number != NULL) {
        Py_INCREF(number);
        Py_XSETREF(made->number, number);
        made->value = value;
    }
    return number;
}

static inline PyObject *number_of(long value) {
    Made *made = &made_lately[(uint64_t)value * 0x9E3779B97F4A7C15u >> (64 - NUMBER_BITS)];
    if (made->value == value && made->number != NULL) {
        Py_INCREF(made->number);
        return made->number;
    }
    return make_number(value, made);
}

#ifndef Py_GIL_DISABLED /* two threads could write one place */
#define PyObject_GetAttr(object, name) \
    ({ \
        static Place place_here; \
        read_attribute((object), (name), &place_here); \
    })
#define PyLong_FromLong(value) number_of(value)
#endif
