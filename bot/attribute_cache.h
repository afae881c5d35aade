/* Put before each compiled file: an attribute of a value is read from its place, not searched for.

The engine's values are msgspec's structs. To the compiler they are any objects, so it asks for each field by name:
the type's attributes are searched, a descriptor is found, the descriptor reads the slot. Here every place in the code
that reads an attribute remembers the last type it met there and where that type keeps the field, as Python's own
interpreter does since 3.11. A type that was changed since has another version (0: none yet) and is searched again;
whatever is no plain slot (a property, a method, an attribute of a module) goes the usual way.
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

#ifndef Py_GIL_DISABLED /* two threads could write one place */
#define PyObject_GetAttr(object, name) \
    ({ \
        static Place place_here; \
        read_attribute((object), (name), &place_here); \
    })
#endif
